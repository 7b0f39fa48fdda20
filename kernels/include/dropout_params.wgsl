// The members of a kernel's `struct Params` that its dropout needs.
// Constants: DROPOUT.
//# if DROPOUT
  key_low: u32,
  key_high: u32,
  layer: u32,
  first_sample: u32,
  step: u32,
  keep_from: u32,
  factor: f32,
//# end
