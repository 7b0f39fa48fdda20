// y[b, i] = cos(times[b] f_i) and y[b, half + i] = sin(times[b] f_i) for i < half, with
// f_i = exp(-ln(10000) i / half).
//
//   times   [rows]
//   y       [rows, 2 * half]
// count = rows * half.
// Constants: WG, STEPS.
// Launched by timestepEmbedding() in lib/ops/timestep_embedding.ts.
//# include elementwise
//# include sin_cos

struct Params {
  count: u32,
  half: u32,
}

@group(0) @binding(0) var<storage, read> times: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(index: u32) {
  let row = index / params.half;
  let i = index % params.half;
  let frequency = exp(-9.210340371976184 * f32(i) / f32(params.half));
  let value = cos_sin_of_turns(fract(times[row] * frequency * 0.15915494309189535));
  y[2u * row * params.half + i] = value.x;
  y[(2u * row + 1u) * params.half + i] = value.y;
}
