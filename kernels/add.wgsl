// y = a + b, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by add() in lib/ops/add.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

//# stored a VEC
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b VEC
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored y VEC
@group(0) @binding(2) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(Vec(a[i]) + Vec(b[i])); }
