// The entry point of elementwise kernels: calls element(i), which the file that includes this one
// has, for every i below params.count. An invocation takes STEPS of them, WG apart, since starting
// one costs more than an element does.
// Constants: WG, STEPS.
//# include common

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * ${WG * STEPS}u;
  let end = min(first + ${WG * STEPS}u, params.count);
  for (var i = first + local; i < end; i += ${WG}u) { element(i); }
}
