// links[p] = the next position after p with the same token, or count if there is none; the
// highest bit is set if p is the first with its token. So each token's positions are a list
// in ascending order.
//
//   tokens, links   [count]
// Constants: WG.
// Launched by addRowGrads() in lib/ops/embedding.ts.
//# include common

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> links: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let p = folded_index(group, groups) * ${WG}u + local;
  if (p >= params.count) { return; }
  let token = tokens[p];
  var next = p + 1u;
  while (next < params.count && tokens[min(next, params.count - 1u)] != token) { next++; }
  var left = p;
  while (left > 0u && tokens[max(left, 1u) - 1u] != token) { left--; }
  links[p] = next | select(0u, 0x80000000u, left == 0u);
}
