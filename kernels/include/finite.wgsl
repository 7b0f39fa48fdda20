// Whether x is neither NaN nor infinite: by the bits of its exponent, since comparisons do not tell NaN
// on every driver.
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}
