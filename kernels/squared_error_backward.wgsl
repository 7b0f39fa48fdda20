// The gradient of the logits, of which the error is e = constant + bias_scale * bias (constant
// has the logits without their bias in it, by their scale): in place, constant[m, v] becomes
//   dlogits[m, v] = 2 scale dloss[m] e[m, v].
//
//   constant              [rows, vocab], the chunk
//   bias                  [vocab]
//   scales, bias_scales   one for every sample of length rows
//   dloss                 one for every row of the whole; the chunk's begin at row_start
// count = rows * vocab.
// Constants: WG, STEPS.
// Launched by squaredErrorHead() in lib/ops/squared_error.ts.
//# include elementwise

struct Params {
  count: u32,
  vocab: u32,
  row_start: u32,
  length: u32,
}

//# stored constant
@group(0) @binding(0) var<storage, read_write> constant: array<constant_t>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> bias_scales: array<f32>;
@group(0) @binding(4) var<storage, read> dloss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(at: u32) {
  let row = at / params.vocab;
  let whole_row = params.row_start + row;
  let sample = whole_row / params.length;
  let e = f32(constant[at]) + bias_scales[sample] * bias[at - row * params.vocab];
  constant[at] = constant_t(2.0 * scales[sample] * dloss[whole_row] * e);
}
