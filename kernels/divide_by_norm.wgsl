// y[i] = x[i] / (norm[0] + eps); count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by orthogonalise() in lib/ops/orthogonalise.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> norm: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = x[i] / (norm[0] + params.eps); }
