// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): workgroup-tiled, for graphics cards.
//
// WX x WY invocations compute a tile of 4 WY RM rows by 4 WX RN columns, RM x RN blocks of 4 x 4
// each. The tiles of A and B are staged as [k][4 rows] and [k][4 columns], so that the inner loop
// reads vec4 without bank conflicts, and neighbours read neighbours. Tiles that lie inside of all
// operands are loaded without a test; blocks that run along k are turned on the way.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], rows c_stride apart           bias   [N] if BIAS
// Workgroups with the same z sum over k_span steps of k from z k_span on; with SPLIT each z has a C
// of its own, M c_stride after the one before.
// Constants: WX, WY, RM, RN, BK (steps of k staged), A_T, B_T, BIAS, ACCUMULATE, SPLIT, and VEC: 4 if
// all starts and strides are multiples of 4, and so is every extent that runs along a row, else 1.
// Launched by tiledMatmul() in lib/ops/matmul_tiled.ts.
//# include common
//# include matmul_tiles

//# stored a VEC
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b VEC
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored c VEC
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> tile_a: array<vec4f, ${BK * WY * RM}>;
var<workgroup> tile_b: array<vec4f, ${BK * WX * RN}>;

//# if VEC == 4
// Four numbers of A from the stored row and column on: column is a multiple of 4.
fn a_at(row: u32, column: u32) -> vec4f {
  return vec4f(a[(params.a_start + row * params.a_stride + column) / 4u]);
}

fn b_at(row: u32, column: u32) -> vec4f {
  return vec4f(b[(params.b_start + row * params.b_stride + column) / 4u]);
}

// The same, with zeros outside of the stored matrix of rows x columns.
fn a_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  if (row >= rows || column >= columns) { return vec4f(); }
  return a_at(row, column);
}

fn b_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  if (row >= rows || column >= columns) { return vec4f(); }
  return b_at(row, column);
}
//# else
fn a_number(row: u32, column: u32, rows: u32, columns: u32) -> f32 {
  if (row >= rows || column >= columns) { return 0.0; }
  return f32(a[params.a_start + row * params.a_stride + column]);
}

fn b_number(row: u32, column: u32, rows: u32, columns: u32) -> f32 {
  if (row >= rows || column >= columns) { return 0.0; }
  return f32(b[params.b_start + row * params.b_stride + column]);
}

fn a_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  return vec4f(
    a_number(row, column, rows, columns),
    a_number(row, column + 1u, rows, columns),
    a_number(row, column + 2u, rows, columns),
    a_number(row, column + 3u, rows, columns),
  );
}

fn b_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  return vec4f(
    b_number(row, column, rows, columns),
    b_number(row, column + 1u, rows, columns),
    b_number(row, column + 2u, rows, columns),
    b_number(row, column + 3u, rows, columns),
  );
}
//# end

@compute @workgroup_size(${WX * WY})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_n = (params.N + ${4 * WX * RN - 1}u) / ${4 * WX * RN}u;
  let tile = folded_index(group, groups);
  let m0 = (tile / tiles_n) * ${4 * WY * RM}u;
  let n0 = (tile % tiles_n) * ${4 * WX * RN}u;
  if (m0 >= params.M) { return; }
  let k_begin = group.z * params.k_span;
  let k_end = min(k_begin + params.k_span, params.K);
  let tx = local % ${WX}u;
  let ty = local / ${WX}u;
//# repeat i 0 4 * RM
//# repeat j 0 RN
  var s${i}_${j} = vec4f();
//# end
//# end
//# if VEC == 4
  let whole_tile = m0 + ${4 * WY * RM}u <= params.M && n0 + ${4 * WX * RN}u <= params.N;
//# end

  for (var k0 = k_begin; k0 < k_end; k0 += ${BK}u) {
//# if VEC == 4
    let whole = whole_tile && k0 + ${BK}u <= k_end;
//# end
//# repeat tested 1-VEC/4 2
//# if VEC != 4
    {
//# end
//# if VEC == 4 && !tested
    if (whole) {
//# end
//# if VEC == 4 && tested
    if (!whole) {
//# end
//# if A_T
      for (var slot = local; slot < ${BK * WY * RM}u; slot += ${WX * WY}u) {
        let k = k0 + slot / ${WY * RM}u;
        let m = m0 + slot % ${WY * RM}u * 4u;
//# if tested
        tile_a[slot] = a_inside(k, m, k_end, params.M);
//# else
        tile_a[slot] = a_at(k, m);
//# end
      }
//# else
      for (var slot = local; slot < ${BK / 4 * WY * RM}u; slot += ${WX * WY}u) {
        let k4 = slot % ${BK / 4}u;
        let m4 = slot / ${BK / 4}u;
//# repeat r 0 4
//# if tested
        let row${r} = a_inside(m0 + m4 * 4u + ${r}u, k0 + k4 * 4u, params.M, k_end);
//# else
        let row${r} = a_at(m0 + m4 * 4u + ${r}u, k0 + k4 * 4u);
//# end
//# end
//# repeat u 0 4
        tile_a[(k4 * 4u + ${u}u) * ${WY * RM}u + m4] =
          vec4f(row0[${u}], row1[${u}], row2[${u}], row3[${u}]);
//# end
      }
//# end
//# if B_T
      for (var slot = local; slot < ${BK / 4 * WX * RN}u; slot += ${WX * WY}u) {
        let k4 = slot % ${BK / 4}u;
        let n4 = slot / ${BK / 4}u;
//# repeat r 0 4
//# if tested
        let row${r} = b_inside(n0 + n4 * 4u + ${r}u, k0 + k4 * 4u, params.N, k_end);
//# else
        let row${r} = b_at(n0 + n4 * 4u + ${r}u, k0 + k4 * 4u);
//# end
//# end
//# repeat u 0 4
        tile_b[(k4 * 4u + ${u}u) * ${WX * RN}u + n4] =
          vec4f(row0[${u}], row1[${u}], row2[${u}], row3[${u}]);
//# end
      }
//# else
      for (var slot = local; slot < ${BK * WX * RN}u; slot += ${WX * WY}u) {
        let k = k0 + slot / ${WX * RN}u;
        let n = n0 + slot % ${WX * RN}u * 4u;
//# if tested
        tile_b[slot] = b_inside(k, n, k_end, params.N);
//# else
        tile_b[slot] = b_at(k, n);
//# end
      }
//# end
    }
//# end
    workgroupBarrier();
//# repeat k 0 BK
    {
//# repeat j 0 RN
      let vb${j} = tile_b[${k * WX * RN + WX * j}u + tx];
//# end
//# repeat r 0 RM
      let va${r} = tile_a[${k * WY * RM + WY * r}u + ty];
//# repeat x 0 4
//# repeat j 0 RN
      s${4 * r + x}_${j} = fma(vec4f(va${r}[${x}]), vb${j}, s${4 * r + x}_${j});
//# end
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
//# repeat j 0 RN
  {
    let n = n0 + ${4 * WX * j}u + tx * 4u;
    if (n < params.N) {
//# if BIAS
      let last = params.N - 1u;
      let bias_n = vec4f(
        bias[params.bias_start + n],
        bias[params.bias_start + min(n + 1u, last)],
        bias[params.bias_start + min(n + 2u, last)],
        bias[params.bias_start + min(n + 3u, last)],
      );
//# end
//# repeat i 0 4 * RM
      {
        let m = m0 + ${i / 4 * 4 * WY}u + ty * 4u + ${i % 4}u;
        if (m < params.M) {
          let at = c_start + m * params.c_stride + n;
//# if BIAS
          s${i}_${j} += bias_n;
//# end
//# if VEC == 4
//# if ACCUMULATE
          s${i}_${j} += vec4f(c[at / 4u]);
//# end
          c[at / 4u] = c_t(s${i}_${j});
//# else
//# repeat x 0 4
          if (n + ${x}u < params.N) {
//# if ACCUMULATE
            s${i}_${j}[${x}] += f32(c[at + ${x}u]);
//# end
            c[at + ${x}u] = c_t(s${i}_${j}[${x}]);
          }
//# end
//# end
        }
      }
//# end
    }
  }
//# end
}
