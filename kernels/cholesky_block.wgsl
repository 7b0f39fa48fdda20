// One step of a blocked Cholesky decomposition: of the next block A on the diagonal, the lower
// triangular L with L L^T = A + jitter diag(G), and -L^-1.
//
//   gram      G [H, H]; only its diagonal is read
//   work      -(what is left of G) [H, H], rows stride apart; its block begins at start
//   factor    [H, H]: takes L at start
//   inverses  [.., NB, NB]: takes -L^-1 at inverse_start; the identity beyond a block of size < NB
// A pivot is at least jitter times the diagonal of G, as it would be without rounding.
// A single workgroup, which does to the identity what it does to A: so it becomes L^-1.
// Constants: WG, NB.
// Launched by factorise() in lib/ops/gram_factor.ts.

struct Params {
  start: u32,
  stride: u32,
  size: u32,
  inverse_start: u32,
  jitter: f32,
}

@group(0) @binding(0) var<storage, read> gram: array<f32>;
@group(0) @binding(1) var<storage, read> work: array<f32>;
@group(0) @binding(2) var<storage, read_write> factor: array<f32>;
@group(0) @binding(3) var<storage, read_write> inverses: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Rows have a number more, so that a column lies in different banks.
var<workgroup> block: array<f32, ${NB * (NB + 1)}>;
var<workgroup> inverse: array<f32, ${NB * (NB + 1)}>;
var<workgroup> floors: array<f32, ${NB}>;

@compute @workgroup_size(${WG})
fn main(@builtin(local_invocation_index) local: u32) {
  for (var e = local; e < ${NB * NB}u; e += ${WG}u) {
    let i = e / ${NB}u;
    let j = e % ${NB}u;
    let at = params.start + i * params.stride + j;
    let inside = max(i, j) < params.size;
    let one = select(0.0, 1.0, i == j);
    var value = one;
    if (inside) { value = -work[at]; }
    if (i == j) {
      var diagonal = 1.0;
      if (inside) { diagonal = gram[at]; }
      let extra = params.jitter * diagonal;
      value += extra;
      // A column of zeros has a pivot, too.
      floors[i] = max(extra, 1e-30);
    }
    block[i * ${NB + 1}u + j] = value;
    inverse[i * ${NB + 1}u + j] = one;
  }
  workgroupBarrier();
  for (var k = 0u; k < ${NB}u; k++) {
    let root = sqrt(max(block[k * ${NB + 2}u], floors[k]));
    workgroupBarrier();
    for (var e = local; e < ${2 * NB}u; e += ${WG}u) {
      if (e < ${NB}u) {
        if (e == k) { block[k * ${NB + 2}u] = root; }
        if (e > k) { block[e * ${NB + 1}u + k] /= root; }
      } else {
        inverse[k * ${NB + 1}u + e - ${NB}u] /= root;
      }
    }
    workgroupBarrier();
    for (var e = (k + 1u) * ${NB}u + local; e < ${NB * NB}u; e += ${WG}u) {
      let i = e / ${NB}u;
      let j = e % ${NB}u;
      let at = i * ${NB + 1}u + j;
      let l = block[i * ${NB + 1}u + k];
      if (j > k) {
        block[at] -= l * block[j * ${NB + 1}u + k];
      } else {
        inverse[at] -= l * inverse[k * ${NB + 1}u + j];
      }
    }
    workgroupBarrier();
  }
  for (var e = local; e < ${NB * NB}u; e += ${WG}u) {
    let i = e / ${NB}u;
    let j = e % ${NB}u;
    let at = i * ${NB + 1}u + j;
    if (max(i, j) < params.size) {
      factor[params.start + i * params.stride + j] = select(0.0, block[at], j <= i);
    }
    inverses[params.inverse_start + e] = select(0.0, -inverse[at], j <= i);
  }
}
