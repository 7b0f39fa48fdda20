// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): an invocation a number of C, as the definition says.
// What other kernels of products are compared with; no adapter runs it unless these fail.
//
//   a   A stored [M,K], or [K,M] by a_row = 1   b   B stored [K,N], or [N,K] by b_row = 1
//   c   [M,N], rows c_stride apart              bias   [N] if BIAS
// Constants: WG, STEPS, BIAS, ACCUMULATE.
// Launched by plainMatmul() in lib/ops/matmul_plain.ts.
//# include elementwise

struct Params {
  count: u32,
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

fn element(i: u32) {
  let m = i / params.N;
  let n = i % params.N;
  let at = params.c_start + m * params.c_stride + n;
  var sum = 0.0;
//# if BIAS
  sum += bias[params.bias_start + n];
//# end
//# if ACCUMULATE
  sum += f32(c[at]);
//# end
  var from_a = params.a_start + m * params.a_row;
  var from_b = params.b_start + n * params.b_col;
  for (var k = 0u; k < params.K; k++) {
    sum = fma(f32(a[from_a]), f32(b[from_b]), sum);
    from_a += params.a_col;
    from_b += params.b_row;
  }
  c[at] = c_t(sum);
}
