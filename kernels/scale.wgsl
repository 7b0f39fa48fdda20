// y (+)= factor · x, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS, ACCUMULATE.
// Launched by scaleInto() in lib/ops/scale.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var value = params.factor * x[i];
//# if ACCUMULATE
  value += y[i];
//# end
  y[i] = value;
}
