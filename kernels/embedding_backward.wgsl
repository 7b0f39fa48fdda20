// dE[v] += sum of dy[p] over the positions p with token v, in ascending order.
//
//   tokens          [count]
//   firsts, links   lists of positions as embedding_links makes them
//   dy              [count, hidden]
//   dembedding      [rows, hidden]: rows row_start on of the whole gradient
// hidden counts Vecs. A workgroup takes WG columns of a position, and does the work if it is
// the first with its token: so every row of dE has one writer.
// Constants: VEC, WG.
// Launched by addRowGrads() in lib/ops/embedding.ts.
//# include common
//# include vectors

struct Params {
  count: u32,
  hidden: u32,
  row_start: u32,
  rows: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> firsts: array<u32>;
@group(0) @binding(2) var<storage, read> links: array<u32>;
//# stored dy VEC
@group(0) @binding(3) var<storage, read> dy: array<dy_t>;
@group(0) @binding(4) var<storage, read_write> dembedding: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let H = params.hidden;
  let tiles = (H + ${WG - 1}u) / ${WG}u;
  let tile = folded_index(group, groups);
  let first = tile / tiles;
  let c = (tile % tiles) * ${WG}u + local;
  if (first >= params.count || c >= H) { return; }
  let token = tokens[first];
  let row = token - params.row_start;
  if (row >= params.rows || firsts[token] != first + 1u) { return; }
  var sum = Vec();
  for (var p = first + 1u; p > 0u; p = links[p - 1u]) { sum += Vec(dy[(p - 1u) * H + c]); }
  dembedding[row * H + c] += sum;
}
