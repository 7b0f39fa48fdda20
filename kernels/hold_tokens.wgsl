// y[i] = tokens[i] where a token is given; other entries stay as they are.
//
//   tokens, y   [count]; tokens are 0xffffffff where none is given
// Constants: WG, STEPS.
// Launched by holdTokens() in lib/flow/held_tokens.ts.
//# include elementwise

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (tokens[i] != 0xffffffffu) { y[i] = tokens[i]; }
}
