// The values z that a loss is of: the logits or, if CAP, cap tanh(logits / cap); and z'(logits).
// The file that includes this one has the binding `logits` and, if CAP, `params.cap`.
// Constants: CAP.
//# include capped

// z of the logit with this index.
fn value_at(index: u32) -> f32 {
//# if CAP
  return capped(f32(logits[index]), params.cap);
//# else
  return f32(logits[index]);
//# end
}

// z' where z is `value`: 1, or 1 - (z / cap)^2.
fn slope_at(value: f32) -> f32 {
//# if CAP
  return 1.0 - (value / params.cap) * (value / params.cap);
//# else
  return 1.0;
//# end
}
