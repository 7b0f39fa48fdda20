// Dropout of a Vec of a sample, from Philox: number i of the sample (position * hidden + column)
// takes lane i & 3 of the draw with the counter (i >> 2, layer, sample, step), and is kept if
// its upper 24 bits are at least keep_from = ceil(rate * 2^24).
// Constants: VEC.
//# include philox
//# include vectors

struct DropoutDraw {
  key: vec2u,
  layer: u32,
  sample: u32,
  step: u32,
  keep_from: u32,
  // 1 / (1 - rate)
  factor: f32,
}

// What Vec number i of the sample is multiplied by.
fn dropout_mask(i: u32, draw: DropoutDraw) -> Vec {
//# if VEC == 4
  let words = philox(vec4u(i, draw.layer, draw.sample, draw.step), draw.key);
  return select(vec4f(), vec4f(draw.factor), (words >> vec4u(8u)) >= vec4u(draw.keep_from));
//# else
  let words = philox(vec4u(i >> 2u, draw.layer, draw.sample, draw.step), draw.key);
  return select(0.0, draw.factor, (words[i & 3u] >> 8u) >= draw.keep_from);
//# end
}
