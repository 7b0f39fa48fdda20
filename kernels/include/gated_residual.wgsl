// What gated_residual_forward and gated_residual_backward share: their parameters, and the draw
// of a sample's dropout. The file that includes this one has the variable `params` and, if
// SAMPLES, the binding `samples`.
// Constants: VEC, DROPOUT, SAMPLES (with DROPOUT), GATE.
//# if DROPOUT
//# include dropout
//# include sample_index
//# end

struct Params {
  samples: u32,
  length: u32,
  hidden: u32,
//# if GATE
  modulation_stride: u32,
  gate: u32,
//# end
//# if DROPOUT
  key_low: u32,
  key_high: u32,
  layer: u32,
  first_sample: u32,
  step: u32,
  keep_from: u32,
  factor: f32,
//# end
}
//# if DROPOUT

fn dropout_draw(sample: u32) -> DropoutDraw {
  return DropoutDraw(
    vec2u(params.key_low, params.key_high),
    params.layer,
    sample_index(sample),
    params.step,
    params.keep_from,
    params.factor,
  );
}
//# end
