// Rotary position embedding of q and k, in place, half-split: with a = x[i], b = x[i + d/2] of
// a head at position p and the angle of (p, i),
//   x[i] = a cos - b sin,   x[i + d/2] = b cos + a sin.
// direction = -1 turns back, which is the gradient.
//
//   qkv    [rows, 3*heads*d] as vectors of WIDTH; v is left alone
//   table  cosines [table_length, d/2], then sines (from vector `sines` on), as vectors
// half = d/2 / WIDTH; count = rows * 2*heads * half: an element is WIDTH pairs.
// Constants: WG, STEPS; WIDTH 2 or 4.
// Launched by rotary() in lib/ops/rotary.ts.
//# include elementwise

struct Params {
  count: u32,
  length: u32,
  heads: u32,
  half: u32,
  sines: u32,
  direction: f32,
}

//# stored qkv WIDTH
@group(0) @binding(0) var<storage, read_write> qkv: array<qkv_t>;
@group(0) @binding(1) var<storage, read> table: array<vec${WIDTH}f>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(index: u32) {
  let i = index % params.half;
  let head = index / params.half;
  let row = head / (2u * params.heads);
  // The heads of q and k lie side by side, then come those of v.
  let a_at = (head + row * params.heads) * 2u * params.half + i;
  let b_at = a_at + params.half;
  let angle = (row % params.length) * params.half + i;
  let c = table[angle];
  let s = params.direction * table[params.sines + angle];
  let a = vec${WIDTH}f(qkv[a_at]);
  let b = vec${WIDTH}f(qkv[b_at]);
  qkv[a_at] = qkv_t(a * c - b * s);
  qkv[b_at] = qkv_t(b * c + a * s);
}
