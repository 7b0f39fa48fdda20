// dx (+)= dy activation_slope(x), elementwise; count counts Vecs.
// Constants: FORM (see include/activation.wgsl), VEC, WG, STEPS, ACCUMULATE.
// Launched by activation() in lib/ops/activation.ts.
//# include elementwise
//# include activation
//# include vectors

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read_write> dx: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var d = dy[i] * activation_slope(x[i]);
//# if ACCUMULATE
  d += dx[i];
//# end
  dx[i] = d;
}
