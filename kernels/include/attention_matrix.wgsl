// What the kernels of attention on matrix units share.
//
// A workgroup owns positions of a head of a sequence, FM fragments of rows for each of W subgroups
// of SG invocations. The other positions stream past, BN at a time, in tile_a and tile_b. Scores
// are products of both, [owned, streamed]: they pass through workgroup memory to the invocations
// that have a row, some each, and what these make of them goes back as f16 weights. Heads are
// filled up with zeros to C times BN dimensions. Rows of workgroup memory are 16 bytes longer than
// what they hold, so that those below each other lie in different banks.
// Constants: D4 = d/4; MM, NN, KK, SG (the units); W, FM, BN, C; CAP and CAUSAL.
//# include attention_part
//# include attention_score

// [sequences*length, 3*heads*d] as vectors of 4: q, k, v, then heads.
//# stored qkv 4
@group(0) @binding(0) var<storage, read> qkv: array<qkv_t>;

const INVOCATIONS = ${SG * W}u;
const OWNED = ${W * FM * MM}u;
// Invocations that share a row of scores, all of the subgroup whose fragments it is in.
const SHARERS = ${SG / (FM * MM)}u;
const VECTORS = ${BN / 4}u;
const TILE_STRIDE = ${C * BN + 8}u;
const SCORES_STRIDE = ${BN + 4}u;
const WEIGHTS_STRIDE = ${BN + 8}u;

var<workgroup> tile_a: array<f16, ${BN * (C * BN + 8)}>;
var<workgroup> tile_b: array<f16, ${BN * (C * BN + 8)}>;
var<workgroup> scores: array<f32, ${W * FM * MM * (BN + 4)}>;
var<workgroup> weights: array<f16, ${W * FM * MM * (BN + 8)}>;
// A number of each invocation, to be added up over a row.
var<workgroup> shares: array<f32, ${SG * W}>;

// Vector c of the head at a position in q (0), k (1) or v (2); 0 beyond the sequence and the head.
fn qkv_at(part: Part, which: u32, position: u32, c: u32) -> vec4<f16> {
  if (position >= params.length || c >= ${D4}u) { return vec4<f16>(); }
  let row = 3u * (part.first_row + position) + which;
  return vec4<f16>(qkv[row * params.heads * ${D4}u + part.column + c]);
}

// Puts a vector of a streamed position into each tile.
fn put_streamed(position: u32, c: u32, a: vec4<f16>, b: vec4<f16>) {
  let at = position * TILE_STRIDE + 4u * c;
//# repeat x 0 4
  tile_a[at + ${x}u] = a[${x}];
  tile_b[at + ${x}u] = b[${x}];
//# end
}

// Loads the keys and values from position `start` on.
fn stream_keys(part: Part, start: u32, local: u32) {
  workgroupBarrier();
  for (var e = local; e < ${BN * C * BN / 4}u; e += INVOCATIONS) {
    let position = e / (${C}u * VECTORS);
    let c = e % (${C}u * VECTORS);
    let k = qkv_at(part, 1u, start + position, c);
    let v = qkv_at(part, 2u, start + position, c);
    put_streamed(position, c, k, v);
  }
  workgroupBarrier();
}

// Puts vector c of a row into the weights.
fn put_owned(row: u32, c: u32, value: vec4<f16>) {
  let at = row * WEIGHTS_STRIDE + 4u * c;
//# repeat x 0 4
  weights[at + ${x}u] = value[${x}];
//# end
}

// Loads BN dimensions, the chunk-th time so many, of the owned positions into the weights, from
// where they become fragments.
fn own_qkv(part: Part, which: u32, chunk: u32, local: u32) {
  workgroupBarrier();
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let row = e / VECTORS;
    let c = e % VECTORS;
    put_owned(row, c, qkv_at(part, which, part.first_position + row, chunk * VECTORS + c));
  }
  workgroupBarrier();
}

// Vector c of a row of scores.
fn scores_at(row: u32, c: u32) -> vec4f {
  let at = row * SCORES_STRIDE + 4u * c;
  return vec4f(scores[at], scores[at + 1u], scores[at + 2u], scores[at + 3u]);
}

// The sum of the shares of a row.
fn shared_sum(row: u32) -> f32 {
  var sum = shares[row * SHARERS];
  for (var i = 1u; i < SHARERS; i++) { sum += shares[row * SHARERS + i]; }
  return sum;
}
