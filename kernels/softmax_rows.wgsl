// x[m, :] = softmax(x[m, :]), or log_softmax if LOG; in place. One workgroup a row.
//
//   x   [rows, cols]
// Constants: WG, LOG.
//# include common
//# include row_lse

struct Params {
  rows: u32,
  cols: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn value_at(index: u32) -> f32 {
  return x[index];
}

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = folded_index(group, groups);
  if (row >= params.rows) { return; }
  let first = row * params.cols;
  let lse = row_lse(first, params.cols, local);
  for (var base = local; base < params.cols; base += ${WG * 4}u) {
//# repeat u 0 4
    if (base + ${WG * u}u < params.cols) {
      let at${u} = first + base + ${WG * u}u;
      let log${u} = (x[at${u}] - lse.x) - lse.y;
//# if LOG
      x[at${u}] = log${u};
//# else
      x[at${u}] = exp(log${u});
//# end
    }
//# end
  }
}
