// Philox 4x32-10, the counter-based generator of lib/random/philox.ts (which has the convention
// of keys and counters), in 32-bit arithmetic: four random words from a counter and a key.

// The multipliers of the generator, and their halves of 16 bits.
const PHILOX_M = vec2u(0xd2511f53u, 0xcd9e8d57u);
const PHILOX_M_LOW = vec2u(0x1f53u, 0x8d57u);
const PHILOX_M_HIGH = vec2u(0xd251u, 0xcd9eu);

fn philox_round(c: vec4u, key: vec2u) -> vec4u {
  // The upper words of the two 64-bit products, by halves; no sum overflows.
  let low_half = c.xz & vec2u(0xffffu);
  let high_half = c.xz >> vec2u(16u);
  let middle = high_half * PHILOX_M_LOW + ((low_half * PHILOX_M_LOW) >> vec2u(16u));
  let carry = low_half * PHILOX_M_HIGH + (middle & vec2u(0xffffu));
  let high = high_half * PHILOX_M_HIGH + (middle >> vec2u(16u)) + (carry >> vec2u(16u));
  let low = c.xz * PHILOX_M;
  return vec4u(high.y ^ c.y ^ key.x, low.y, high.x ^ c.w ^ key.y, low.x);
}

// The key of round i is key + i (0x9e3779b9, 0xbb67ae85).
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = philox_round(counter, key);
//# repeat i 1 10
  c = philox_round(c, key + vec2u(${i * 2654435769 % 4294967296}u, ${i * 3144134277 % 4294967296}u));
//# end
  return c;
}
