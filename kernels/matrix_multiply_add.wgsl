// What matrix units do when nothing else is to be done: each subgroup adds 8 LOOPS products of
// fragments of ones to 4 fragments of results, and stores their sum, [MM,NN], in y. Its numbers are
// 4 * 8 LOOPS KK.
// Constants: MM, NN, KK, SG, SUBGROUPS (of a workgroup), LOOPS.
// Launched by matrixMultiplyAdds() in lib/ops/peaks.ts.
enable f16;
enable chromium_experimental_subgroup_matrix;
enable subgroups;
diagnostic(off, chromium.subgroup_matrix_uniformity);

//# include common

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

alias Left = subgroup_matrix_left<f16, ${KK}, ${MM}>;
alias Right = subgroup_matrix_right<f16, ${NN}, ${KK}>;
alias Result = subgroup_matrix_result<f32, ${NN}, ${MM}>;

// Each result has a left fragment of its own, or the compiler could compute one for all.
var<workgroup> ones: array<f16, ${4 * MM * KK + KK * NN}>;
var<workgroup> results: array<f32, ${4 * SUBGROUPS * MM * NN}>;

@compute @workgroup_size(${SG * SUBGROUPS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  for (var e = local; e < ${4 * MM * KK + KK * NN}u; e += ${SG * SUBGROUPS}u) { ones[e] = 1.0h; }
  workgroupBarrier();
  let right = subgroupMatrixLoad<Right, row_major>(&ones, ${4 * MM * KK}u, ${NN}u);
//# repeat c 0 4
  let left${c} = subgroupMatrixLoad<Left, row_major>(&ones, ${c * MM * KK}u, ${KK}u);
  var x${c}: Result;
//# end
  for (var n = group.z; n < group.z + ${LOOPS}u; n++) {
//# repeat step 0 8
//# repeat c 0 4
    x${c} = subgroupMatrixMultiplyAccumulate(left${c}, right, x${c});
//# end
//# end
  }
  let subgroup = local / ${SG}u;
  let first = subgroup * ${4 * MM * NN}u;
//# repeat c 0 4
  subgroupMatrixStore<row_major>(&results, first + ${c * MM * NN}u, x${c}, ${NN}u);
//# end
  workgroupBarrier();
  let at = (folded_index(group, groups) * ${SUBGROUPS}u + subgroup) * ${MM * NN}u;
  for (var e = local % ${SG}u; e < ${MM * NN}u; e += ${SG}u) {
    let own = first + e;
    y[at + e] = (results[own] + results[own + ${MM * NN}u]) +
      (results[own + ${2 * MM * NN}u] + results[own + ${3 * MM * NN}u]);
  }
}
