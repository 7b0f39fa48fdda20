// y[m] = exp(-w[b]) loss[m] + w[b], b = m / length.
// Constants: WG, STEPS.
// Launched by applyLossWeighting() in lib/ops/loss_weighting.ts.
//# include elementwise

struct Params {
  count: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(m: u32) {
  let weight = w[m / params.length];
  y[m] = exp(-weight) * loss[m] + weight;
}
