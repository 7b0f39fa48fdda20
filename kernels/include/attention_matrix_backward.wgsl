// What the backward kernels of attention on matrix units share: the gradient that comes in, and
// how those of queries, keys and values are stored.
// Constants: as in attention_matrix; ACCUMULATE.
//# include attention_matrix

//# stored d_o 4
@group(0) @binding(1) var<storage, read> d_o: array<d_o_t>;
//# stored d_qkv 4
@group(0) @binding(2) var<storage, read_write> d_qkv: array<d_qkv_t>;

// Vector c of the head at a position of d_o; 0 beyond the sequence and the head.
fn d_o_at(part: Part, position: u32, c: u32) -> vec4<f16> {
  if (position >= params.length || c >= ${D4}u) { return vec4<f16>(); }
  let row = part.first_row + position;
  return vec4<f16>(d_o[row * params.heads * ${D4}u + part.column + c]);
}

// What the scores hold, times scale, becomes BN dimensions of the gradient of q (0), k (1) or
// v (2) at the owned positions, or is added to it.
fn store_grad(part: Part, which: u32, chunk: u32, scale: f32, local: u32) {
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let position = part.first_position + e / VECTORS;
    let c = chunk * VECTORS + e % VECTORS;
    if (position < params.length && c < ${D4}u) {
      let row = 3u * (part.first_row + position) + which;
      let at = row * params.heads * ${D4}u + part.column + c;
      var value = scale * scores_at(e / VECTORS, e % VECTORS);
//# if ACCUMULATE
      value += vec4f(d_qkv[at]);
//# end
      d_qkv[at] = d_qkv_t(value);
    }
  }
}
