// y = activation(x), elementwise; count counts Vecs.
// Constants: FORM (see include/activation.wgsl), VEC, WG, STEPS.
// Launched by activation() in lib/ops/activation.ts.
//# include elementwise
//# include activation
//# include vectors

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = activation(x[i]); }
