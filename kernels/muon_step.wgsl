// A step of Muon on a flat buffer: p = keep p - step_size u, with keep = 1 - lr weight_decay. If the
// norm is not finite, nothing changes.
//
//   p, u   [count] Vecs
// Constants: VEC, WG, STEPS.
// Launched by Muon.step() in lib/train/muon.ts.
//# include elementwise
//# include finite
//# include vectors

struct Params {
  count: u32,
  keep: f32,
  step_size: f32,
}

@group(0) @binding(0) var<storage, read_write> p: array<Vec>;
@group(0) @binding(1) var<storage, read> u: array<Vec>;
@group(0) @binding(2) var<storage, read> norm: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (!is_finite(norm[0])) { return; }
  p[i] = params.keep * p[i] - params.step_size * u[i];
}
