// y[i] = value; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by fill() in lib/ops/tape.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  value: f32,
}

//# stored y VEC
@group(0) @binding(0) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(Vec(params.value)); }
