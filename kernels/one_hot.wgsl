// y[r, tokens[row_start + r]] = 1; y is zero before. A token beyond the columns writes nothing.
//
//   tokens   [.. rows]
//   y        [count, columns]
// An element is a row.
// Constants: WG, STEPS.
// Launched by oneHotRows() in lib/ops/row_sources.ts.
//# include elementwise

struct Params {
  count: u32,
  columns: u32,
  row_start: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
//# stored y
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(row: u32) {
  let token = tokens[params.row_start + row];
  if (token < params.columns) { y[row * params.columns + token] = y_t(1.0); }
}
