// dloss[m] (+)= exp(-w[b]) dy[m], b = m / length.
// Constants: WG, STEPS, ACCUMULATE.
// Launched by lossGrad() in lib/ops/loss_weighting.ts.
//# include elementwise

struct Params {
  count: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dloss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(m: u32) {
  var d = exp(-w[m / params.length]) * dy[m];
//# if ACCUMULATE
  d += dloss[m];
//# end
  dloss[m] = d;
}
