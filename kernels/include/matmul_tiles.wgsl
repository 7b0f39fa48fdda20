// The parameters of a matrix product in tiles: sizes, and where operands, result and bias begin in
// their buffers, in numbers. A workgroup sums over k_span steps of k.
// Filled in by tileCall() in lib/ops/matmul_split.ts.
struct Params {
  M: u32,
  N: u32,
  K: u32,
  k_span: u32,
  a_start: u32,
  a_stride: u32,
  b_start: u32,
  b_stride: u32,
  c_start: u32,
  c_stride: u32,
  bias_start: u32,
}
