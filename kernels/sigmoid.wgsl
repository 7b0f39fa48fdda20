// 1 / (1 + exp(-x)); needs vectors.
fn sigmoid(x: Vec) -> Vec {
  // Bounded so that exp does not overflow: the result there is 0 to f32 already.
  return 1.0 / (1.0 + exp(min(-x, Vec(80.0))));
}
