// x[m, :] = softmax(z[m, :]), or log_softmax if LOG, in place, where z is x, capped to
// cap tanh(x / cap) if CAP and then times factor if SCALED. A lane or a workgroup a row.
//
//   x   [rows, columns]
// Constants: WG, LANES (WG or 1), LOG, CAP, SCALED.
// Launched by normalizeRows() in lib/ops/softmax.ts.
//# include row_and_lane
//# include row_lse
//# if CAP
//# include capped
//# end

struct Params {
  rows: u32,
  columns: u32,
  factor: f32,
  cap: f32,
}

//# stored x
@group(0) @binding(0) var<storage, read_write> x: array<x_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn value_at(index: u32) -> f32 {
//# if CAP
  let z = capped(f32(x[index]), params.cap);
//# else
  let z = f32(x[index]);
//# end
//# if SCALED
  return params.factor * z;
//# else
  return z;
//# end
}

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let first = row * params.columns;
  let lse = row_lse(first, params.columns, lane);
  for (var base = lane; base < params.columns; base += ${LANES * 4}u) {
//# repeat u 0 4
    if (base + ${LANES * u}u < params.columns) {
      let at${u} = first + base + ${LANES * u}u;
      let log${u} = (value_at(at${u}) - lse.x) - lse.y;
//# if LOG
      x[at${u}] = x_t(log${u});
//# else
      x[at${u}] = x_t(exp(log${u}));
//# end
    }
//# end
  }
}
