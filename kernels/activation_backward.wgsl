// dx (+)= dy activation_slope(x), elementwise; count counts Vecs.
// Constants: FORM (see include/activation.wgsl), VEC, WG, STEPS, ACCUMULATE.
// Launched by activation() in lib/ops/activation.ts.
//# include elementwise
//# include activation
//# include vectors

struct Params {
  count: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored dy VEC
@group(0) @binding(1) var<storage, read> dy: array<dy_t>;
//# stored dx VEC
@group(0) @binding(2) var<storage, read_write> dx: array<dx_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var d = Vec(dy[i]) * activation_slope(Vec(x[i]));
//# if ACCUMULATE
  d += Vec(dx[i]);
//# end
  dx[i] = dx_t(d);
}
