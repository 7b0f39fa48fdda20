// y[r, :] = weight · data[r, :] where row r has a given token; other rows stay as they are.
//
//   tokens    [rows], 0xffffffff where none is given
//   data, y   [rows, columns]; count = rows · columns
// Constants: WG, STEPS.
// Launched by holdRows() in lib/flow/held_tokens.ts.
//# include elementwise

struct Params {
  count: u32,
  columns: u32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (tokens[i / params.columns] != 0xffffffffu) { y[i] = params.weight * data[i]; }
}
