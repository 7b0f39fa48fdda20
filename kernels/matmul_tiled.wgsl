// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): tiles staged in workgroup memory, for
// graphics cards.
//
// 16 x 16 invocations compute a tile of 64 R x 64 R, each R x R blocks of 4 x 4. The tiles of
// A and B are staged transposed to [k][4 rows] and [k][4 columns], so that the inner loop
// reads vec4 without bank conflicts, and one whole vec4 is written by one invocation.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], rows c_stride apart           bias   [N] if BIAS
// Constants: R (1 or 2), BK (steps of k staged), A_T, B_T, BIAS, ACCUMULATE.
// Launched by tiled() in lib/ops/matmul.ts.
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
  c_stride: u32,
  bias_start: u32,
}

//# stored a
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored c
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> tile_a: array<vec4f, ${BK * 16 * R}>;
var<workgroup> tile_b: array<vec4f, ${BK * 16 * R}>;

fn load_a(m: u32, k: u32) -> f32 {
  if (m >= params.M || k >= params.K) { return 0.0; }
  return f32(a[params.a_start + m * params.a_row + k * params.a_col]);
}

fn load_b(k: u32, n: u32) -> f32 {
  if (k >= params.K || n >= params.N) { return 0.0; }
  return f32(b[params.b_start + k * params.b_row + n * params.b_col]);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_n = (params.N + ${64 * R - 1}u) / ${64 * R}u;
  let tile = folded_index(group, groups);
  let m0 = (tile / tiles_n) * ${64 * R}u;
  let n0 = (tile % tiles_n) * ${64 * R}u;
  if (m0 >= params.M) { return; }
  let tx = local % 16u;
  let ty = local / 16u;
//# repeat i 0 4 * R
//# repeat j 0 R
  var s${i}_${j} = vec4f();
//# end
//# end

  for (var k0 = 0u; k0 < params.K; k0 += ${BK}u) {
//# repeat u 0 BK * R / 16
    {
      let slot = local + ${u * 256}u;
//# if A_T
      let am = slot % ${16 * R}u;
      let ak = slot / ${16 * R}u;
//# else
      let ak = slot % ${BK}u;
      let am = slot / ${BK}u;
//# end
      let m = m0 + am * 4u;
      let k = k0 + ak;
      tile_a[ak * ${16 * R}u + am] =
        vec4f(load_a(m, k), load_a(m + 1u, k), load_a(m + 2u, k), load_a(m + 3u, k));
//# if B_T
      let bk = slot % ${BK}u;
      let bn = slot / ${BK}u;
//# else
      let bn = slot % ${16 * R}u;
      let bk = slot / ${16 * R}u;
//# end
      let n = n0 + bn * 4u;
      let kb = k0 + bk;
      tile_b[bk * ${16 * R}u + bn] =
        vec4f(load_b(kb, n), load_b(kb, n + 1u), load_b(kb, n + 2u), load_b(kb, n + 3u));
    }
//# end
    workgroupBarrier();
//# repeat k 0 BK
    {
//# repeat j 0 R
      let vb${j} = tile_b[${k * 16 * R + 16 * j}u + tx];
//# end
//# repeat r 0 R
      let va${r} = tile_a[${k * 16 * R + 16 * r}u + ty];
//# repeat j 0 R
      s${4 * r}_${j} = fma(vec4f(va${r}.x), vb${j}, s${4 * r}_${j});
      s${4 * r + 1}_${j} = fma(vec4f(va${r}.y), vb${j}, s${4 * r + 1}_${j});
      s${4 * r + 2}_${j} = fma(vec4f(va${r}.z), vb${j}, s${4 * r + 2}_${j});
      s${4 * r + 3}_${j} = fma(vec4f(va${r}.w), vb${j}, s${4 * r + 3}_${j});
//# end
//# end
    }
//# end
    workgroupBarrier();
  }

//# repeat i 0 4 * R
  {
    let m = m0 + ${i / 4 * 64}u + ty * 4u + ${i % 4}u;
    if (m < params.M) {
//# repeat j 0 R
      for (var x = 0u; x < 4u; x++) {
        let n = n0 + ${64 * j}u + tx * 4u + x;
        if (n < params.N) {
          let at = params.c_start + m * params.c_stride + n;
          var value = s${i}_${j}[x];
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
    }
  }
//# end
}
