// y = sum_c x_c, where x_c = (c + 1) y at first and then 8 LOOPS times x_c = factor x_c + term: as
// plain a use of arithmetic as there is, in what y holds, f32 or f16. CHAINS vectors of 4 do not wait
// for each other; count counts vectors.
// Constants: WG, CHAINS, LOOPS.
// Launched by multiplyAdds() in lib/ops/peaks.ts.
//# include common

struct Params {
  count: u32,
  factor: f32,
  term: f32,
}

//# stored y 4
@group(0) @binding(0) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * ${WG}u + local;
  if (i >= params.count) { return; }
  let factor = y_t(vec4f(params.factor));
  let term = y_t(vec4f(params.term));
//# repeat c 0 CHAINS
  var x${c} = y[i] * y_t(vec4f(${c + 1}));
//# end
  for (var n = group.z; n < group.z + ${LOOPS}u; n++) {
//# repeat step 0 8
//# repeat c 0 CHAINS
    x${c} = fma(x${c}, factor, term);
//# end
//# end
  }
  var sum = x0;
//# repeat c 1 CHAINS
  sum += x${c};
//# end
  y[i] = sum;
}
