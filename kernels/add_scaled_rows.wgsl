// y[y_start + i] (+)= scales[(row_start + i / columns) / length] * x[i]: every row of x by the
// factor of its sample.
//
//   x        [rows, columns], a chunk that begins with row row_start of the samples' rows
//   scales   [samples]
//   y        [.., columns]
// count, columns and y_start count Vecs. A workgroup takes WG * STEPS of them.
// Constants: VEC, WG, STEPS, ACCUMULATE.
//# include common
//# include vectors

struct Params {
  count: u32,
  columns: u32,
  row_start: u32,
  length: u32,
  y_start: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * ${WG * STEPS}u;
  let end = min(first + ${WG * STEPS}u, params.count);
  for (var i = first + local; i < end; i += ${WG}u) {
    let scale = scales[(params.row_start + i / params.columns) / params.length];
//# if ACCUMULATE
    y[params.y_start + i] += scale * x[i];
//# else
    y[params.y_start + i] = scale * x[i];
//# end
  }
}
