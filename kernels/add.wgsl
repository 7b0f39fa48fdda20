// y = a + b, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by add() in lib/ops/add.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Vec>;
@group(0) @binding(1) var<storage, read> b: array<Vec>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = a[i] + b[i]; }
