// Sine and cosine by polynomials (Cephes), since the built-in ones are only promised to 2^-11.

// (cos, sin) of 2 pi turns, turns in [0, 1]; absolute error about 1e-7.
fn cos_sin_of_turns(turns: f32) -> vec2f {
  let quarter = floor(4.0 * turns + 0.5);
  // The rest of the angle, within pi/4 of 0. The subtraction is exact.
  let a = 6.283185307 * (turns - 0.25 * quarter);
  let z = a * a;
  let s = a + a * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - 1.9515295891e-4 * z));
  let c = 1.0 - 0.5 * z
    + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + 2.443315711809948e-5 * z));
  let q = u32(quarter) & 3u;
  let swapped = select(vec2f(c, s), vec2f(s, c), (q & 1u) == 1u);
  // Quarter turns 1 and 2 make the cosine negative, 2 and 3 the sine.
  return select(
    swapped,
    -swapped,
    vec2<bool>(q == 1u || q == 2u, q >= 2u),
  );
}
