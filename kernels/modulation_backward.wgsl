// dmodulation[s, column + c] += sum over k < blocks of partials[s * blocks + k, start + c] for
// every c < width.
//
//   partials      [samples * blocks, partials_stride]
//   dmodulation   [samples, modulation_stride]
// All sizes and columns count Vecs, except blocks. A workgroup sums WG columns of a sample.
// Constants: VEC, WG.
// Launched by addModulationGrad() in lib/ops/modulation.ts.
//# include common
//# include vectors

struct Params {
  samples: u32,
  blocks: u32,
  width: u32,
  start: u32,
  partials_stride: u32,
  column: u32,
  modulation_stride: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<Vec>;
@group(0) @binding(1) var<storage, read_write> dmodulation: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles = (params.width + ${WG - 1}u) / ${WG}u;
  let tile = folded_index(group, groups);
  let sample = tile / tiles;
  let c = (tile % tiles) * ${WG}u + local;
  if (sample >= params.samples || c >= params.width) { return; }
  var sum = Vec();
  var at = sample * params.blocks * params.partials_stride + params.start + c;
  for (var k = 0u; k < params.blocks; k++) {
    sum += partials[at];
    at += params.partials_stride;
  }
  dmodulation[sample * params.modulation_stride + params.column + c] += sum;
}
