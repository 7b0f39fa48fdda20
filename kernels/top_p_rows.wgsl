// Keeps the most likely entries of every row of probabilities p that sum to at least top_p, divides
// them by their sum, and makes the others 0; in place. Of equal entries all are kept, or none. A
// lane or a workgroup a row.
//
// What is kept is p >= t with the largest t whose sum is enough. Positive numbers are ordered as
// their bits are, so that t is found three bits at a time: of its next eighths the last that is
// still enough. Bits 30 and 31 are 0 in numbers below 2.
//
//   p   [rows, columns], each row sums to 1
// Constants: WG, LANES (WG or 1).
// Launched by topPRows() in lib/ops/top_p.ts.
//# include row_and_lane

struct Params {
  rows: u32,
  columns: u32,
  top_p: f32,
}

//# stored p
@group(0) @binding(0) var<storage, read_write> p: array<p_t>;
@group(1) @binding(0) var<uniform> params: Params;
//# if LANES > 1

var<workgroup> lane_sums: array<f32, ${7 * LANES}>;
//# end

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
  // All entries are enough, whatever their rounded sum is.
  var threshold = 0u;
  var kept = 1.0;
  for (var digit = 0u; digit < 10u; digit++) {
    let shift = 27u - 3u * digit;
//# repeat k 1 8
    let t${k} = threshold + (${k}u << shift);
    var s${k} = 0.0;
//# end
    for (var base = 0u; base < params.columns; base += ${LANES * 4}u) {
//# repeat u 0 4
      let i${u} = base + ${LANES * u}u + lane;
      let p${u} = select(0.0, f32(p[first + min(i${u}, params.columns - 1u)]), i${u} < params.columns);
      let b${u} = bitcast<u32>(p${u});
//# end
//# repeat k 1 8
      s${k} += (select(0.0, p0, b0 >= t${k}) + select(0.0, p1, b1 >= t${k}))
        + (select(0.0, p2, b2 >= t${k}) + select(0.0, p3, b3 >= t${k}));
//# end
    }
//# if LANES > 1
//# repeat k 1 8
    lane_sums[${(k - 1) * LANES}u + lane] = s${k};
//# end
    for (var half = ${LANES / 2}u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lane < half) {
//# repeat k 1 8
        lane_sums[${(k - 1) * LANES}u + lane] += lane_sums[${(k - 1) * LANES}u + lane + half];
//# end
      }
    }
    workgroupBarrier();
//# repeat k 1 8
    s${k} = lane_sums[${(k - 1) * LANES}];
//# end
    // The sums are read before those of the next digit take their place.
    workgroupBarrier();
//# end
    // The sums fall from eighth to eighth.
//# repeat k 1 8
    if (s${k} >= params.top_p) {
      threshold = t${k};
      kept = s${k};
    }
//# end
  }
  for (var base = lane; base < params.columns; base += ${LANES}u) {
    let value = f32(p[first + base]);
    p[first + base] = p_t(select(0.0, value / kept, bitcast<u32>(value) >= threshold));
  }
}
