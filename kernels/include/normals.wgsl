// Standard normal numbers from Philox words by Box-Muller, as lib/random/philox.ts defines them.
//# include philox
//# include sin_cos

// ln(k / 2^24) for an integer k from 1 to 2^24 (Cephes' logf; the built-in one may have an
// absolute error of 2^-21, too much near k = 2^24).
fn log_of_fraction(k: u32) -> f32 {
  let bits = bitcast<u32>(f32(k));
  var exponent = f32(bits >> 23u) - 151.0;
  var m = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  let above = m > 1.41421356;
  m = select(m, 0.5 * m, above);
  exponent = select(exponent, exponent + 1.0, above);
  let x = m - 1.0;
  let z = x * x;
  var p = 7.0376836292e-2 * x - 1.1514610310e-1;
  p = p * x + 1.1676998740e-1;
  p = p * x - 1.2420140846e-1;
  p = p * x + 1.4249322787e-1;
  p = p * x - 1.6668057665e-1;
  p = p * x + 2.0000714765e-1;
  p = p * x - 2.4999993993e-1;
  p = p * x + 3.3333331174e-1;
  // ln 2 in two parts, so that small results keep their precision.
  return x + (p * x * z - 0.5 * z - 2.12194440e-4 * exponent) + 0.693359375 * exponent;
}

fn normal_pair(word0: u32, word1: u32) -> vec2f {
  // The bound keeps square roots that divide by their argument away from 0.
  let radius = sqrt(max(-2.0 * log_of_fraction((word0 >> 8u) + 1u), 1e-30));
  return radius * cos_sin_of_turns(f32(word1 >> 8u) * 0x1p-24);
}

fn normals(words: vec4u) -> vec4f {
  return vec4f(normal_pair(words.x, words.y), normal_pair(words.z, words.w));
}
