// Generated from kernels/*.wgsl by `deno task kernels`. Do not edit.
// deno-fmt-ignore-file
/**
 * The text of every kernel template, by file name without `.wgsl`.
 *
 * @module
 */

/** Template texts by name. */
export const sources: Readonly<Record<string, string>> = {
  add_into: `// target[i] += source[i]
//# include common

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read_write> target: array<f32>;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * \${WG}u + local;
  if (i < params.count) { target[i] += source[i]; }
}
`,
  common: `// Index of a workgroup in a grid folded over x and y (see foldGrid).
fn folded_index(id: vec3u, count: vec3u) -> u32 {
  return id.y * count.x + id.x;
}
`,
  fill: `// target[i] = value
//# include common

struct Params {
  count: u32,
  value: f32,
}

@group(0) @binding(0) var<storage, read_write> target: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * \${WG}u + local;
  if (i < params.count) { target[i] = params.value; }
}
`,
  gelu_backward: `// dx (+)= dy · d/dx [x/2 (1 + tanh(u))], u = sqrt(2/pi) (x + 0.044715 x^3)
//# include common

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * \${WG}u + local;
  if (i >= params.count) { return; }
  let v = x[i];
  let u = clamp(0.7978845608 * (v + 0.044715 * v * v * v), -10.0, 10.0);
  let t = tanh(u);
  let du = 0.7978845608 * (1.0 + 0.134145 * v * v);
  var d = dy[i] * 0.5 * (1.0 + t + v * (1.0 - t * t) * du);
//# if ACCUMULATE
  d += dx[i];
//# end
  dx[i] = d;
}
`,
  gelu_forward: `// y = x/2 (1 + tanh(u)), u = sqrt(2/pi) (x + 0.044715 x^3)
//# include common

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * \${WG}u + local;
  if (i >= params.count) { return; }
  let v = x[i];
  // tanh saturates in f32 beyond 10, and some drivers overflow there.
  let u = clamp(0.7978845608 * (v + 0.044715 * v * v * v), -10.0, 10.0);
  y[i] = 0.5 * v * (1.0 + tanh(u));
}
`,
  matmul_register: `// C[m,n] (+)= sum_k A(m,k) B[k,n] (+ bias[n]): register tiles without workgroup memory,
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

@compute @workgroup_size(\${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let tiles_n = (params.N + \${LANES * TN - 1}u) / \${LANES * TN}u;
  let tile = folded_index(group, groups);
  let m = (tile / tiles_n) * \${TM}u;
  let n = (tile % tiles_n) * \${LANES * TN}u + local.x;
  if (m >= params.M) { return; }

//# repeat i 0 TM
  // Rows beyond M read the last one, and are not stored.
  let a\${i} = params.a_start + min(m + \${i}u, params.M - 1u) * params.a_row;
//# repeat j 0 TN
  var s\${i}_\${j} = 0.0;
//# end
//# end
  var k = 0u;
  var ak = 0u;
  var bk = params.b_start + n;
  let a_step = \${KU}u * params.a_col;
  let b_step = \${KU}u * params.ldb;
  let whole = params.K / \${KU}u;
  for (var step = 0u; step < whole; step++) {
//# repeat u 0 KU
//# repeat j 0 TN
    let b\${u}_\${j} = b[bk + \${u}u * params.ldb + \${j * LANES}u];
//# end
//# repeat i 0 TM
    let v\${u}_\${i} = a[a\${i} + ak + \${u}u * params.a_col];
//# repeat j 0 TN
    s\${i}_\${j} = fma(v\${u}_\${i}, b\${u}_\${j}, s\${i}_\${j});
//# end
//# end
//# end
    ak += a_step;
    bk += b_step;
  }
  for (k = whole * \${KU}u; k < params.K; k++) {
//# repeat j 0 TN
    let b_\${j} = b[bk + \${j * LANES}u];
//# end
//# repeat i 0 TM
    let v_\${i} = a[a\${i} + ak];
//# repeat j 0 TN
    s\${i}_\${j} = fma(v_\${i}, b_\${j}, s\${i}_\${j});
//# end
//# end
    ak += params.a_col;
    bk += params.ldb;
  }
//# repeat j 0 TN
  if (n + \${j * LANES}u < params.N) {
//# if BIAS
    let bias\${j} = bias[params.bias_start + n + \${j * LANES}u];
//# end
//# repeat i 0 TM
    if (m + \${i}u < params.M) {
      let at = params.c_start + (m + \${i}u) * params.ldc + n + \${j * LANES}u;
//# if BIAS
      s\${i}_\${j} += bias\${j};
//# end
//# if ACCUMULATE
      s\${i}_\${j} += c[at];
//# end
      c[at] = s\${i}_\${j};
    }
//# end
  }
//# end
}
`,
  matmul_tiled: `// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): tiles staged in workgroup memory, for
// graphics cards.
//
// 16 x 16 invocations compute a tile of 64 R x 64 R, each R x R blocks of 4 x 4. The tiles of
// A and B are staged transposed to [k][4 rows] and [k][4 columns], so that the inner loop
// reads vec4 without bank conflicts, and one whole vec4 is written by one invocation.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], row stride ldc                bias   [N] if BIAS
// Constants: R (1 or 2), BK (steps of k staged), A_T, B_T, BIAS, ACCUMULATE.
//# include common

struct Params {
  M: u32,
  N: u32,
  K: u32,
  a_start: u32,
  a_row: u32,
  a_col: u32,
  b_start: u32,
  b_row: u32,
  b_col: u32,
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

var<workgroup> tile_a: array<vec4f, \${BK * 16 * R}>;
var<workgroup> tile_b: array<vec4f, \${BK * 16 * R}>;

fn load_a(m: u32, k: u32) -> f32 {
  if (m >= params.M || k >= params.K) { return 0.0; }
  return a[params.a_start + m * params.a_row + k * params.a_col];
}

fn load_b(k: u32, n: u32) -> f32 {
  if (k >= params.K || n >= params.N) { return 0.0; }
  return b[params.b_start + k * params.b_row + n * params.b_col];
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_n = (params.N + \${64 * R - 1}u) / \${64 * R}u;
  let tile = folded_index(group, groups);
  let m0 = (tile / tiles_n) * \${64 * R}u;
  let n0 = (tile % tiles_n) * \${64 * R}u;
  if (m0 >= params.M) { return; }
  let tx = local % 16u;
  let ty = local / 16u;
//# repeat i 0 4 * R
//# repeat j 0 R
  var s\${i}_\${j} = vec4f();
//# end
//# end

  for (var k0 = 0u; k0 < params.K; k0 += \${BK}u) {
//# repeat u 0 BK * R / 16
    {
      let slot = local + \${u * 256}u;
//# if A_T
      let am = slot % \${16 * R}u;
      let ak = slot / \${16 * R}u;
//# else
      let ak = slot % \${BK}u;
      let am = slot / \${BK}u;
//# end
      let m = m0 + am * 4u;
      let k = k0 + ak;
      tile_a[ak * \${16 * R}u + am] =
        vec4f(load_a(m, k), load_a(m + 1u, k), load_a(m + 2u, k), load_a(m + 3u, k));
//# if B_T
      let bk = slot % \${BK}u;
      let bn = slot / \${BK}u;
//# else
      let bn = slot % \${16 * R}u;
      let bk = slot / \${16 * R}u;
//# end
      let n = n0 + bn * 4u;
      let kb = k0 + bk;
      tile_b[bk * \${16 * R}u + bn] =
        vec4f(load_b(kb, n), load_b(kb, n + 1u), load_b(kb, n + 2u), load_b(kb, n + 3u));
    }
//# end
    workgroupBarrier();
//# repeat k 0 BK
    {
//# repeat j 0 R
      let vb\${j} = tile_b[\${k * 16 * R + 16 * j}u + tx];
//# end
//# repeat r 0 R
      let va\${r} = tile_a[\${k * 16 * R + 16 * r}u + ty];
//# repeat j 0 R
      s\${4 * r}_\${j} = fma(vec4f(va\${r}.x), vb\${j}, s\${4 * r}_\${j});
      s\${4 * r + 1}_\${j} = fma(vec4f(va\${r}.y), vb\${j}, s\${4 * r + 1}_\${j});
      s\${4 * r + 2}_\${j} = fma(vec4f(va\${r}.z), vb\${j}, s\${4 * r + 2}_\${j});
      s\${4 * r + 3}_\${j} = fma(vec4f(va\${r}.w), vb\${j}, s\${4 * r + 3}_\${j});
//# end
//# end
    }
//# end
    workgroupBarrier();
  }

//# repeat i 0 4 * R
  {
    let m = m0 + \${i / 4 * 64}u + ty * 4u + \${i % 4}u;
    if (m < params.M) {
//# repeat j 0 R
      for (var x = 0u; x < 4u; x++) {
        let n = n0 + \${64 * j}u + tx * 4u + x;
        if (n < params.N) {
          let at = params.c_start + m * params.ldc + n;
          var value = s\${i}_\${j}[x];
//# if BIAS
          value += bias[params.bias_start + n];
//# end
//# if ACCUMULATE
          value += c[at];
//# end
          c[at] = value;
        }
      }
//# end
    }
  }
//# end
}
`,
  scale: `// y (+)= factor · x
//# include common

struct Params {
  count: u32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * \${WG}u + local;
  if (i >= params.count) { return; }
  var value = params.factor * x[i];
//# if ACCUMULATE
  value += y[i];
//# end
  y[i] = value;
}
`,
  sum_rows: `// y[slab, n] (+)= sum over the slab's rows of x[m, n]; the rows are added in order, so the
// sum is the same in every run.
//
//   x   [rows, cols], first element x_start, row stride ldx
//   y   [ceil(rows / slab_rows), cols] from y_start, packed
// A workgroup sums WG columns of a slab; lanes read neighbouring columns.
// Constants: WG, ACCUMULATE.
//# include common

struct Params {
  rows: u32,
  cols: u32,
  slab_rows: u32,
  x_start: u32,
  ldx: u32,
  y_start: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles = (params.cols + \${WG - 1}u) / \${WG}u;
  let tile = folded_index(group, groups);
  let slab = tile / tiles;
  let col = (tile % tiles) * \${WG}u + local;
  let first = slab * params.slab_rows;
  if (first >= params.rows || col >= params.cols) { return; }
  let rows = min(params.slab_rows, params.rows - first);
  var at = params.x_start + first * params.ldx + col;
  var sum = 0.0;
  for (var step = 0u; step < rows / 8u; step++) {
//# repeat i 0 8
    sum += x[at + \${i}u * params.ldx];
//# end
    at += 8u * params.ldx;
  }
  for (var step = 0u; step < rows % 8u; step++) {
    sum += x[at];
    at += params.ldx;
  }
  let to = params.y_start + slab * params.cols + col;
//# if ACCUMULATE
  sum += y[to];
//# end
  y[to] = sum;
}
`,
  transpose: `// y[c, r] = x[r, c]: x [rows, cols] with row stride ldx, y [cols, rows] packed.
// A workgroup turns an 8 x 8 tile; lanes run along r, so that stores are contiguous.
//# include common

struct Params {
  rows: u32,
  cols: u32,
  x_start: u32,
  ldx: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let tiles = (params.rows + 7u) / 8u;
  let tile = folded_index(group, groups);
  let r = (tile % tiles) * 8u + local.x;
  let c = (tile / tiles) * 8u;
  if (r >= params.rows) { return; }
//# repeat i 0 8
  if (c + \${i}u < params.cols) {
    y[(c + \${i}u) * params.rows + r] = x[params.x_start + r * params.ldx + c + \${i}u];
  }
//# end
}
`,
};
