// dx[i] (+)= scale dy[0], or scale dy[0] mask[i] if MASK.
// Constants: WG, STEPS, MASK, ACCUMULATE.
// Launched by meanGrad() in lib/ops/weighted_mean.ts.
//# include elementwise

struct Params {
  count: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
//# if MASK
@group(0) @binding(2) var<storage, read> mask: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var d = params.scale * dy[0];
//# if MASK
  d *= mask[i];
//# end
//# if ACCUMULATE
  d += dx[i];
//# end
  dx[i] = d;
}
