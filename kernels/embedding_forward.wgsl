// y[r] = E[tokens[r]] for the tokens whose rows are in this window of E.
//
//   tokens      [count]
//   embedding   [rows, hidden]: rows row_start on of the whole matrix
//   y           [count, hidden]
// hidden counts Vecs. A workgroup takes BLOCK tokens; its invocations share out the columns.
// Constants: VEC, WG, BLOCK, FIRST (the first window: tokens outside it are set to 0, which
// other windows then overwrite).
// Launched by embedTokens() in lib/ops/embedding.ts.
//# include common
//# include vectors

struct Params {
  count: u32,
  hidden: u32,
  row_start: u32,
  rows: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
//# stored embedding VEC
@group(0) @binding(1) var<storage, read> embedding: array<embedding_t>;
//# stored y VEC
@group(0) @binding(2) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * ${BLOCK}u;
  let end = min(first + ${BLOCK}u, params.count);
  let H = params.hidden;
  for (var r = first; r < end; r++) {
    // Wraps around below the window, so that one comparison is enough.
    let row = tokens[r] - params.row_start;
    let inside = row < params.rows;
    for (var c = local; c < H; c += ${WG}u) {
      if (inside) { y[r * H + c] = y_t(Vec(embedding[row * H + c])); }
//# if FIRST
      else { y[r * H + c] = y_t(Vec()); }
//# end
    }
  }
}
