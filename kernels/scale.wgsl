// y (+)= factor · x, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS, ACCUMULATE.
// Launched by scaleInto() in lib/ops/scale.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  factor: f32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y VEC
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var value = params.factor * Vec(x[i]);
//# if ACCUMULATE
  value += Vec(y[i]);
//# end
  y[i] = y_t(value);
}
