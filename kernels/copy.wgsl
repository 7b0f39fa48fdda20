// y = x, elementwise: as plain a use of memory as there is. count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by copyNumbers() in lib/ops/peaks.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y VEC
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(x[i]); }
