// y[i] = offset + factor * r[start + i], i < count: uniform numbers in [0, 1) or standard
// normal ones; r[j] is lane j & 3 of the draw with the counter (j >> 2, counter_1, counter_2,
// counter_3).
//
// An invocation makes STEPS draws.
// Constants: WG, STEPS, NORMAL (1: normal, 0: uniform).
// Launched by fillRandom() in lib/random/fill.ts.
//# include common
//# include normals

struct Params {
  start: u32,
  count: u32,
  key_low: u32,
  key_high: u32,
  counter_1: u32,
  counter_2: u32,
  counter_3: u32,
  offset: f32,
  factor: f32,
}

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let key = vec2u(params.key_low, params.key_high);
  var draw = (params.start >> 2u) + folded_index(group, groups) * ${WG * STEPS}u + local;
  for (var step = 0u; step < ${STEPS}u; step++) {
    let words = philox(vec4u(draw, params.counter_1, params.counter_2, params.counter_3), key);
//# if NORMAL
    let values = params.offset + params.factor * normals(words);
//# else
    let values = params.offset + params.factor * (vec4f(words >> vec4u(8u)) * 0x1p-24);
//# end
//# repeat i 0 4
    // Wraps around below the start, so that one comparison is enough.
    let i${i} = 4u * draw + ${i}u - params.start;
    if (i${i} < params.count) { y[i${i}] = values[${i}]; }
//# end
    draw += ${WG}u;
  }
}
