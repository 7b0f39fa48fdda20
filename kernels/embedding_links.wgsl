// The positions of each token, as a list in ascending order. They count from 1; 0 is none.
//
//   tokens   [count]; one of vocabulary or above is in no list
//   firsts   [vocabulary]: the first position of each token; zeros before
//   links    [count]: the next position with the same token
// A single workgroup takes WG positions at a time, the last ones first: firsts then knows what
// comes after them, and they are searched among themselves alone, in WG + 2 rounds of loops.
// Constants: WG.
// Launched by addRowGrads() in lib/ops/embedding.ts.

struct Params {
  count: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> firsts: array<u32>;
@group(0) @binding(2) var<storage, read_write> links: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(@builtin(local_invocation_index) local: u32) {
  for (var block = (params.count + ${WG - 1}u) / ${WG}u; block > 0u; block--) {
    let start = (block - 1u) * ${WG}u;
    let end = min(start + ${WG}u, params.count);
    let p = start + local;
    let token = tokens[min(p, end - 1u)];
    let listed = p < end && token < params.vocabulary;
    var next = 0u;
    if (listed) { next = firsts[token]; }
    storageBarrier();
    if (listed) {
      var is_first = true;
      for (var q = end; q > start; q--) {
        if (tokens[q - 1u] == token) {
          if (q > p + 1u) { next = q; }
          if (q <= p) { is_first = false; }
        }
      }
      links[p] = next;
      if (is_first) { firsts[token] = p + 1u; }
    }
    storageBarrier();
  }
}
