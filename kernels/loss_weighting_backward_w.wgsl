// dw[b] (+)= sum over the positions l of sample b of dy[m] (1 - exp(-w[b]) loss[m]),
// m = b length + l. A workgroup does a sample.
// Constants: LANES, ACCUMULATE.
// Launched by applyLossWeighting() in lib/ops/loss_weighting.ts.
//# include common
//# include workgroup_sum

struct Params {
  samples: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let b = folded_index(group, groups);
  if (b >= params.samples) { return; }
  let factor = exp(-w[b]);
  var sum = 0.0;
  for (var l = local; l < params.length; l += ${LANES}u) {
    let m = b * params.length + l;
    sum += dy[m] * (1.0 - factor * loss[m]);
  }
  let total = workgroup_sum(sum, local);
  if (local != 0u) { return; }
//# if ACCUMULATE
  dw[b] += total;
//# else
  dw[b] = total;
//# end
}
