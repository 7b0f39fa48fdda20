// The scale of the loss after a step, state[0], and the good steps since it changed, state[1]:
// halved (to 1 at the least) if the norm of the gradients is not finite, and doubled (to `largest` at
// the most) after growth_steps good ones.
// Launched by LossScale.update() in lib/train/loss_scale.ts.
//# include finite

struct Params {
  growth_steps: f32,
  largest: f32,
}

@group(0) @binding(0) var<storage, read> norm: array<f32>;
@group(0) @binding(1) var<storage, read_write> state: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() {
  let good = is_finite(norm[0]);
  let grown = good && state[1] + 1.0 >= params.growth_steps;
  state[1] = select(0.0, state[1] + 1.0, good && !grown);
  if (!good) { state[0] = max(0.5 * state[0], 1.0); }
  if (grown) { state[0] = min(2.0 * state[0], params.largest); }
}
