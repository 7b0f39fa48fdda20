// y = activation(x), elementwise; count counts Vecs.
// Constants: FORM (see include/activation.wgsl), VEC, WG, STEPS.
// Launched by activation() in lib/ops/activation.ts.
//# include elementwise
//# include activation
//# include vectors

struct Params {
  count: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y VEC
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(activation(Vec(x[i]))); }
