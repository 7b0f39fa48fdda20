// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): register tiles without workgroup memory, for
// adapters that run on a processor. A and B are images (lib/gpu/image.ts), since texels are much
// cheaper to load there than elements of a buffer.
//
// A workgroup is one SIMD vector of LANES invocations. Together they compute TM rows by
// LANES * TN * 4 columns: the texels of B differ from lane to lane, those of A are the same for
// all. Four steps of k are written out; all their texels are loaded first, then each number of the
// tile takes its four products in a row, so that it is fetched and put back once.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], rows c_stride apart           bias   [N] if has_bias is 1, else anything, if BIAS
// Strides of a and b are in texels. Where k runs along a row, the row is zero from K to the next
// multiple of 4; where k runs over the rows, so are rows K to the next multiple of 4. Rows and
// columns beyond M and N may hold anything.
// has_bias is no constant: another kernel takes longer to compile than the bias in many steps.
// Constants: TM (a multiple of 4), TN, LANES, A_T, B_T, BIAS, ACCUMULATE, and VEC: 4 if c_stride,
// c_start and N are multiples of 4, else 1.
// Launched by register() in lib/ops/matmul_register.ts.
//# include common
//# include texel

struct Params {
  M: u32,
  N: u32,
  K: u32,
  a_stride: u32,
  b_stride: u32,
  c_start: u32,
  c_stride: u32,
  bias_start: u32,
  has_bias: u32,
}

//# if a_f16
@group(0) @binding(0) var a: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(0) var a: texture_storage_2d<rgba32float, read>;
//# end
//# if b_f16
@group(0) @binding(1) var b: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(1) var b: texture_storage_2d<rgba32float, read>;
//# end
//# stored c VEC
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
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
  let tiles_n = (params.N + ${LANES * TN * 4 - 1}u) / ${LANES * TN * 4}u;
  let tile = folded_index(group, groups);
  let m = (tile / tiles_n) * ${TM}u;
  // The lane's texels of a row of C are n, n + LANES, ...
  let n = (tile % tiles_n) * ${LANES * TN}u + local.x;
  if (m >= params.M) { return; }

//# repeat j 0 TN
//# repeat i 0 TM
  var s${i}_${j} = vec4f();
//# end
//# end
  // The bounds of the loop depend on the workgroup on purpose: see attention_forward.
  let end = tile + (params.K + 3u) / 4u;
  for (var step = tile; step < end; step++) {
    let k = step - tile;
//# if A_T
//# repeat u 0 4
    let ar${u} = (k * 4u + ${u}u) * params.a_stride + m / 4u;
//# repeat i 0 TM / 4
    let at${u}_${i} = textureLoad(a, texel(ar${u} + ${i}u));
//# end
//# end
//# repeat i 0 TM / 4
//# repeat x 0 4
    let a${4 * i + x} = vec4f(at0_${i}[${x}], at1_${i}[${x}], at2_${i}[${x}], at3_${i}[${x}]);
//# end
//# end
//# else
//# repeat i 0 TM
    let a${i} = textureLoad(a, texel((m + ${i}u) * params.a_stride + k));
//# end
//# end
//# repeat j 0 TN
//# if B_T
//# repeat x 0 4
    let bt${j}_${x} = textureLoad(b, texel(((n + ${j * LANES}u) * 4u + ${x}u) * params.b_stride + k));
//# end
//# repeat u 0 4
    let b${u}_${j} = vec4f(bt${j}_0[${u}], bt${j}_1[${u}], bt${j}_2[${u}], bt${j}_3[${u}]);
//# end
//# else
//# repeat u 0 4
    let b${u}_${j} = textureLoad(b, texel((k * 4u + ${u}u) * params.b_stride + n + ${j * LANES}u));
//# end
//# end
//# end
//# repeat j 0 TN
//# repeat i 0 TM
//# repeat u 0 4
    s${i}_${j} = fma(vec4f(a${i}[${u}]), b${u}_${j}, s${i}_${j});
//# end
//# end
//# end
  }

//# repeat j 0 TN
  if ((n + ${j * LANES}u) * 4u < params.N) {
    let col = (n + ${j * LANES}u) * 4u;
//# if BIAS
    let at_bias = params.bias_start + col;
    let any_bias = vec4f(bias[at_bias], bias[at_bias + 1u], bias[at_bias + 2u], bias[at_bias + 3u]);
    let bias_n = select(vec4f(), any_bias, params.has_bias != 0u);
//# end
//# repeat i 0 TM
    if (m + ${i}u < params.M) {
      let at = params.c_start + (m + ${i}u) * params.c_stride + col;
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
      if (col + ${x}u < params.N) {
//# if ACCUMULATE
        s${i}_${j}[${x}] += f32(c[at + ${x}u]);
//# end
        c[at + ${x}u] = c_t(s${i}_${j}[${x}]);
      }
//# end
//# end
    }
//# end
  }
//# end
}
