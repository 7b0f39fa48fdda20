// x = cap tanh(x / cap), elementwise, in place.
// Constants: WG, STEPS.
// Launched by capLogits() in lib/ops/head.ts.
//# include elementwise
//# include capped

struct Params {
  count: u32,
  cap: f32,
}

//# stored x
@group(0) @binding(0) var<storage, read_write> x: array<x_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { x[i] = x_t(capped(f32(x[i]), params.cap)); }
