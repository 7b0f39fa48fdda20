// y[i] = y[i] / scale[0]; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by LossScale.unscale() in lib/train/loss_scale.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> scale: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y[i] * (1.0 / scale[0]); }
