// C[m,n] (+)= sum_k A(m,k) B[k,n] (+ bias[n]): register tiles without workgroup memory,
// for adapters that run on a processor.
//
// A workgroup is one SIMD vector of LANES invocations. Together they compute TM rows by
// LANES*TN columns: the loads of B are contiguous over the lanes, those of A are the same
// for all of them. A may have any strides (so it may be transposed); B's rows are contiguous.
//
//   a, b     operands          c        [M,N], row stride ldc       bias     [N] if BIAS
// Constants: TM, TN, KU (steps of k written out), LANES, BIAS, ACCUMULATE.
//# include common

struct Params {
  M: u32,
  N: u32,
  K: u32,
  a_start: u32,
  a_row: u32,
  a_col: u32,
  b_start: u32,
  ldb: u32,
  c_start: u32,
  ldc: u32,
  bias_start: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let tiles_n = (params.N + ${LANES * TN - 1}u) / ${LANES * TN}u;
  let tile = folded_index(group, groups);
  let m = (tile / tiles_n) * ${TM}u;
  let n = (tile % tiles_n) * ${LANES * TN}u + local.x;
  if (m >= params.M) { return; }

//# repeat i 0 TM
  // Rows beyond M read the last one, and are not stored.
  let a${i} = params.a_start + min(m + ${i}u, params.M - 1u) * params.a_row;
//# repeat j 0 TN
  var s${i}_${j} = 0.0;
//# end
//# end
  var k = 0u;
  var ak = 0u;
  var bk = params.b_start + n;
  let a_step = ${KU}u * params.a_col;
  let b_step = ${KU}u * params.ldb;
  let whole = params.K / ${KU}u;
  for (var step = 0u; step < whole; step++) {
//# repeat u 0 KU
//# repeat j 0 TN
    let b${u}_${j} = b[bk + ${u}u * params.ldb + ${j * LANES}u];
//# end
//# repeat i 0 TM
    let v${u}_${i} = a[a${i} + ak + ${u}u * params.a_col];
//# repeat j 0 TN
    s${i}_${j} = fma(v${u}_${i}, b${u}_${j}, s${i}_${j});
//# end
//# end
//# end
    ak += a_step;
    bk += b_step;
  }
  for (k = whole * ${KU}u; k < params.K; k++) {
//# repeat j 0 TN
    let b_${j} = b[bk + ${j * LANES}u];
//# end
//# repeat i 0 TM
    let v_${i} = a[a${i} + ak];
//# repeat j 0 TN
    s${i}_${j} = fma(v_${i}, b_${j}, s${i}_${j});
//# end
//# end
    ak += params.a_col;
    bk += params.ldb;
  }
//# repeat j 0 TN
  if (n + ${j * LANES}u < params.N) {
//# if BIAS
    let bias${j} = bias[params.bias_start + n + ${j * LANES}u];
//# end
//# repeat i 0 TM
    if (m + ${i}u < params.M) {
      let at = params.c_start + (m + ${i}u) * params.ldc + n + ${j * LANES}u;
//# if BIAS
      s${i}_${j} += bias${j};
//# end
//# if ACCUMULATE
      s${i}_${j} += c[at];
//# end
      c[at] = s${i}_${j};
    }
//# end
  }
//# end
}
