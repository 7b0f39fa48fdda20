// y[start + i] = keep · y[start + i] + weight · x[i]; count and start count Vecs.
// Constants: VEC, WG, STEPS.
// Launched by blend() in lib/flow/latent.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  start: u32,
  keep: f32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let at = params.start + i;
  y[at] = params.keep * y[at] + params.weight * x[i];
}
