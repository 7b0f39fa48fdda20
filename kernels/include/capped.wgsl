// The soft cap of logits: cap tanh(x / cap).
fn capped(x: f32, cap: f32) -> f32 {
  // tanh saturates in f32 beyond 10, and some drivers overflow there.
  return cap * tanh(clamp(x / cap, -10.0, 10.0));
}
