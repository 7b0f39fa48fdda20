// The draw of a sample's dropout. The file that includes this one has the variable `params`, with
// dropout_params, and, if SAMPLES, the binding `samples`.
// Constants: VEC, DROPOUT, SAMPLES (with DROPOUT).
//# if DROPOUT
//# include dropout
//# include sample_index

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
