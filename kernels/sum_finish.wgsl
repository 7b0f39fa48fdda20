// y[0] = scale sum of partials[i], i < count, or its root if ROOT: the second level of a sum
// in a fixed order, by one workgroup.
// Constants: ROOT, LANES.
// Launched by finishSum() in lib/ops/sum.ts.
//# include workgroup_sum

struct Params {
  count: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${LANES})
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < params.count; i += ${LANES}u) {
    sum += partials[i];
  }
  let total = params.scale * workgroup_sum(sum, local);
  if (local == 0u) {
//# if ROOT
    y[0] = sqrt(total);
//# else
    y[0] = total;
//# end
  }
}
