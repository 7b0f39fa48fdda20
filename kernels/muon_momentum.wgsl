// The momentum of Muon on a flat buffer, with the global-norm clip of the gradient, and the update
// that looks one step ahead (Nesterov):
//   g = grad min(1, clip / (norm + 1e-6)),  m = m + (1 - beta) (g - m),  u = g + beta (m - g)
// If the norm is not finite, m stays and u is 0.
//
//   grad, m, u   [count] Vecs
// Constants: VEC, WG, STEPS.
// Launched by Muon.step() in lib/train/muon.ts.
//# include elementwise
//# include finite
//# include vectors

struct Params {
  count: u32,
  clip: f32,
  beta: f32,
}

@group(0) @binding(0) var<storage, read> grad: array<Vec>;
@group(0) @binding(1) var<storage, read_write> m: array<Vec>;
@group(0) @binding(2) var<storage, read_write> u: array<Vec>;
@group(0) @binding(3) var<storage, read> norm: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (!is_finite(norm[0])) {
    u[i] = Vec();
    return;
  }
  let g = grad[i] * min(1.0, params.clip / (norm[0] + 1e-6));
  let mean = m[i] + (1.0 - params.beta) * (g - m[i]);
  m[i] = mean;
  u[i] = g + params.beta * (mean - g);
}
