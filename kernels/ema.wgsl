// shadow += weight (p - shadow), elementwise, weight = 1 - decay; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by Ema.update() in lib/train/ema.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read_write> shadow: array<Vec>;
@group(0) @binding(1) var<storage, read> p: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { shadow[i] += params.weight * (p[i] - shadow[i]); }
