// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]) on matrix units, which multiply fragments of f16
// numbers, MM x KK by KK x NN, and add up in f32.
//
// WM x WN subgroups of SG invocations compute a tile of WM FM MM rows by WN FN NN columns, FM x FN
// fragments each. The tiles of A and B are staged as f16 in the order in which they are stored, so
// that neighbours read neighbours; numbers outside of the operands are 0. Results pass through
// workgroup memory, a fragment of each subgroup at a time, to whoever stores them.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], rows c_stride apart           bias   [N] if BIAS
// Workgroups with the same z sum over k_span steps of k, as in matmul_tiled.
// Constants: MM, NN, KK, SG, WM, WN, FM, FN, BK (steps of k staged, a multiple of KK), A_T, B_T, BIAS,
// ACCUMULATE, SPLIT, and VEC: 4 if all starts and strides are multiples of 4, and so is every extent
// that runs along a row, else 1.
// Launched by matrixMatmul() in lib/ops/matmul_matrix.ts.
enable f16;
enable chromium_experimental_subgroup_matrix;
enable subgroups;
diagnostic(off, chromium.subgroup_matrix_uniformity);

//# include common
//# include matmul_tiles

//# stored a VEC
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b VEC
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored c
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

alias Left = subgroup_matrix_left<f16, ${KK}, ${MM}>;
alias Right = subgroup_matrix_right<f16, ${NN}, ${KK}>;
alias Result = subgroup_matrix_result<f32, ${NN}, ${MM}>;

var<workgroup> tile_a: array<f16, ${BK * WM * FM * MM}>;
var<workgroup> tile_b: array<f16, ${BK * WN * FN * NN}>;
var<workgroup> fragments: array<f32, ${WM * WN * MM * NN}>;

@compute @workgroup_size(${SG * WM * WN})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_n = (params.N + ${WN * FN * NN - 1}u) / ${WN * FN * NN}u;
  let tile = folded_index(group, groups);
  let m0 = (tile / tiles_n) * ${WM * FM * MM}u;
  let n0 = (tile % tiles_n) * ${WN * FN * NN}u;
  if (m0 >= params.M) { return; }
  let k_begin = group.z * params.k_span;
  let k_end = min(k_begin + params.k_span, params.K);
  let subgroup = local / ${SG}u;
  let wm = subgroup / ${WN}u * ${FM * MM}u;
  let wn = subgroup % ${WN}u * ${FN * NN}u;
//# repeat i 0 FM
//# repeat j 0 FN
  var s${i}_${j}: Result;
//# end
//# end

  for (var k0 = k_begin; k0 < k_end; k0 += ${BK}u) {
    // The stored tile of A has rows of m if A_T, else of k; that of B rows of k if B_T, else of n.
//# if A_T
    for (var e = local * ${VEC}u; e < ${BK * WM * FM * MM}u; e += ${SG * WM * WN * VEC}u) {
      let row = k0 + e / ${WM * FM * MM}u;
      let column = m0 + e % ${WM * FM * MM}u;
      let inside = row < k_end && column < params.M;
//# else
    for (var e = local * ${VEC}u; e < ${BK * WM * FM * MM}u; e += ${SG * WM * WN * VEC}u) {
      let row = m0 + e / ${BK}u;
      let column = k0 + e % ${BK}u;
      let inside = row < params.M && column < k_end;
//# end
      var value = a_t();
      if (inside) { value = a[(params.a_start + row * params.a_stride + column) / ${VEC}u]; }
//# if VEC == 4
//# repeat x 0 4
      tile_a[e + ${x}u] = f16(value[${x}]);
//# end
//# else
      tile_a[e] = f16(value);
//# end
    }
//# if B_T
    for (var e = local * ${VEC}u; e < ${BK * WN * FN * NN}u; e += ${SG * WM * WN * VEC}u) {
      let row = n0 + e / ${BK}u;
      let column = k0 + e % ${BK}u;
      let inside = row < params.N && column < k_end;
//# else
    for (var e = local * ${VEC}u; e < ${BK * WN * FN * NN}u; e += ${SG * WM * WN * VEC}u) {
      let row = k0 + e / ${WN * FN * NN}u;
      let column = n0 + e % ${WN * FN * NN}u;
      let inside = row < k_end && column < params.N;
//# end
      var value = b_t();
      if (inside) { value = b[(params.b_start + row * params.b_stride + column) / ${VEC}u]; }
//# if VEC == 4
//# repeat x 0 4
      tile_b[e + ${x}u] = f16(value[${x}]);
//# end
//# else
      tile_b[e] = f16(value);
//# end
    }
    workgroupBarrier();
//# repeat k 0 BK / KK
    {
//# repeat j 0 FN
//# if B_T
      let right${j} = subgroupMatrixLoad<Right, col_major>(
        &tile_b, (wn + ${j * NN}u) * ${BK}u + ${k * KK}u, ${BK}u);
//# else
      let right${j} = subgroupMatrixLoad<Right, row_major>(
        &tile_b, ${k * KK * WN * FN * NN}u + wn + ${j * NN}u, ${WN * FN * NN}u);
//# end
//# end
//# repeat i 0 FM
//# if A_T
      let left${i} = subgroupMatrixLoad<Left, col_major>(
        &tile_a, ${k * KK * WM * FM * MM}u + wm + ${i * MM}u, ${WM * FM * MM}u);
//# else
      let left${i} = subgroupMatrixLoad<Left, row_major>(
        &tile_a, (wm + ${i * MM}u) * ${BK}u + ${k * KK}u, ${BK}u);
//# end
//# repeat j 0 FN
      s${i}_${j} = subgroupMatrixMultiplyAccumulate(left${i}, right${j}, s${i}_${j});
//# end
//# end
    }
//# end
    workgroupBarrier();
  }

//# if SPLIT
  let c_start = params.c_start + group.z * params.M * params.c_stride;
//# else
  let c_start = params.c_start;
//# end
  let first = subgroup * ${MM * NN}u;
  let lane = local % ${SG}u;
//# repeat i 0 FM
//# repeat j 0 FN
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&fragments, first, s${i}_${j}, ${NN}u);
  workgroupBarrier();
  for (var e = lane; e < ${MM * NN}u; e += ${SG}u) {
    let m = m0 + wm + ${i * MM}u + e / ${NN}u;
    let n = n0 + wn + ${j * NN}u + e % ${NN}u;
    if (m < params.M && n < params.N) {
      let at = c_start + m * params.c_stride + n;
      var value = fragments[first + e];
//# if BIAS
      value += bias[params.bias_start + n];
//# end
//# if ACCUMULATE
      value += f32(c[at]);
//# end
      c[at] = c_t(value);
    }
  }
//# end
//# end
}
