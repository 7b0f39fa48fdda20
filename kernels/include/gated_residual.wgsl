// The parameters of gated_residual_forward and gated_residual_backward.
// Constants: DROPOUT, GATE.

struct Params {
  samples: u32,
  length: u32,
  hidden: u32,
//# if GATE
  modulation_stride: u32,
  gate: u32,
//# end
//# include dropout_params
}
