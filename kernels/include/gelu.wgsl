// GELU in its tanh form: x/2 (1 + tanh(u)), u = sqrt(2/pi) (x + 0.044715 x^3).
// With s = sigmoid(2u) it is x s, and its slope s + x s (1 - s) 2 du/dx.
//# include vectors

// sigmoid(2u); bounded so that exp does not overflow: the result there is 0 to f32 already.
fn gelu_gate(x: Vec) -> Vec {
  return 1.0 / (1.0 + exp(min(-1.5957691216 * (x + 0.044715 * x * x * x), Vec(80.0))));
}

fn activation(x: Vec) -> Vec { return x * gelu_gate(x); }

fn activation_slope(x: Vec) -> Vec {
  let s = gelu_gate(x);
  return s + x * s * (1.0 - s) * (1.5957691216 * (1.0 + 0.134145 * x * x));
}
