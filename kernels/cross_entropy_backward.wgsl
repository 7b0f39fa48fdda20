// logits[m, v] becomes dlogits[m, v] = (softmax(z) - [v = target[m]]) z'(logits) dloss[m],
// in place, where z is the logits, or cap tanh(logits / cap) if CAP; z' is 1 or 1 - (z / cap)^2.
//
//   logits               [rows, vocab], the chunk
//   targets, dloss       one for every row of the whole; the chunk's begin at row_start
//   lse                  likewise: the maximum of z, and the log of the sum of exp(z - maximum)
// count = rows * vocab.
// Constants: WG, STEPS, CAP.
// Launched by crossEntropyHead() in lib/ops/cross_entropy.ts.
//# include elementwise
//# include logit_at

struct Params {
  count: u32,
  vocab: u32,
  row_start: u32,
  cap: f32,
}

//# stored logits
@group(0) @binding(0) var<storage, read_write> logits: array<logits_t>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> lse: array<vec2f>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(at: u32) {
  let row = at / params.vocab;
  let whole_row = params.row_start + row;
  let z = value_at(at);
  let pair = lse[whole_row];
  let p = exp((z - pair.x) - pair.y);
  let hit = at - row * params.vocab == targets[whole_row];
  logits[at] = logits_t((p - select(0.0, 1.0, hit)) * slope_at(z) * dloss[whole_row]);
}
