// SiLU: x sigmoid(x), with slope s (1 + x (1 - s)), s = sigmoid(x).
//# include vectors

fn sigmoid(x: Vec) -> Vec {
  // Bounded so that exp does not overflow: the result there is 0 to f32 already.
  return 1.0 / (1.0 + exp(min(-x, Vec(80.0))));
}

fn activation(x: Vec) -> Vec { return x * sigmoid(x); }

fn activation_slope(x: Vec) -> Vec {
  let s = sigmoid(x);
  return s * (1.0 + x * (1.0 - s));
}
