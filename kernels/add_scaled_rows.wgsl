// y[y_start + i] (+)= scales[(row_start + i / columns) / length] * x[i]: every row of x by the
// factor of its sample.
//
//   x        [rows, columns], a chunk that begins with row row_start of the samples' rows
//   scales   [samples]
//   y        [.., columns]
// count, columns and y_start count Vecs.
// Constants: VEC, WG, STEPS, ACCUMULATE.
// Launched by addScaledRows() in lib/ops/row_terms.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  columns: u32,
  row_start: u32,
  length: u32,
  y_start: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
//# stored y VEC
@group(0) @binding(2) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let scale = scales[(params.row_start + i / params.columns) / params.length];
//# if ACCUMULATE
  y[params.y_start + i] = y_t(Vec(y[params.y_start + i]) + scale * Vec(x[i]));
//# else
  y[params.y_start + i] = y_t(scale * Vec(x[i]));
//# end
}
