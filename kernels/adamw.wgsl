// One AdamW step on a flat buffer, with the global-norm clip of the gradient:
//   g = grad min(1, clip / (norm + 1e-6))
//   m = m + (1 - beta1) (g - m),  v = beta2 v + (1 - beta2) g^2
//   p = p keep - step_size m / (root_scale sqrt(v) + eps)
// with keep = 1 - lr weight_decay, step_size = lr / (1 - beta1^n), and
// root_scale = 1 / sqrt(1 - beta2^n) at step n.
// If the norm is not finite nothing changes, and skipped[0] is raised if COUNT.
//
//   p, grad, m, v   [count] Vecs
// Constants: VEC, WG, STEPS, COUNT (1 for one of the buffers of a step).
// Launched by AdamW.step() in lib/train/adamw.ts.
//# include elementwise
//# include finite
//# include vectors

struct Params {
  count: u32,
  clip: f32,
  one_minus_beta1: f32,
  beta2: f32,
  one_minus_beta2: f32,
  keep: f32,
  step_size: f32,
  root_scale: f32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read_write> p: array<Vec>;
@group(0) @binding(1) var<storage, read> grad: array<Vec>;
@group(0) @binding(2) var<storage, read_write> m: array<Vec>;
@group(0) @binding(3) var<storage, read_write> v: array<Vec>;
@group(0) @binding(4) var<storage, read> norm: array<f32>;
//# if COUNT
@group(0) @binding(5) var<storage, read_write> skipped: array<u32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (!is_finite(norm[0])) {
//# if COUNT
    if (i == 0u) { skipped[0] += 1u; }
//# end
    return;
  }
  let g = grad[i] * min(1.0, params.clip / (norm[0] + 1e-6));
  let mean = m[i] + params.one_minus_beta1 * (g - m[i]);
  let square = params.beta2 * v[i] + params.one_minus_beta2 * g * g;
  m[i] = mean;
  v[i] = square;
  p[i] = params.keep * p[i] - params.step_size * mean / (params.root_scale * sqrt(square) + params.eps);
}
