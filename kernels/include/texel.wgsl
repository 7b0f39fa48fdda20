// Where an image keeps its texel number `index`: see lib/gpu/image.ts.
fn texel(index: u32) -> vec2u {
  return vec2u(index & 2047u, index >> 11u);
}
