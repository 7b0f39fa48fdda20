// y += x, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by addInto() in lib/ops/tape.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

//# stored y VEC
@group(0) @binding(0) var<storage, read_write> y: array<y_t>;
//# stored x VEC
@group(0) @binding(1) var<storage, read> x: array<x_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(Vec(y[i]) + Vec(x[i])); }
