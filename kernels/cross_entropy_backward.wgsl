// logits[m, v] becomes dlogits[m, v] = (softmax(z) - [v = target[m]]) z'(logits) dloss[m],
// in place, where z is the logits, or cap tanh(logits / cap) if CAP; z' is 1 or 1 - (z / cap)^2.
//
//   logits               [rows, vocab], the chunk
//   targets, dloss       one for every row of the whole; the chunk's begin at row_start
//   lse                  likewise: the maximum of z, and the log of the sum of exp(z - maximum)
// A workgroup does WG * 4 neighbouring elements of a row. Constants: WG, CAP.
//# include common
//# include capped

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  cap: f32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> lse: array<vec2f>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles = (params.vocab + ${WG * 4 - 1}u) / ${WG * 4}u;
  let tile = folded_index(group, groups);
  let row = tile / tiles;
  if (row >= params.rows) { return; }
  let whole_row = params.row_start + row;
  let target_class = targets[whole_row];
  let row_lse = lse[whole_row];
  let upstream = dloss[whole_row];
//# repeat u 0 4
  let v${u} = (tile % tiles) * ${WG * 4}u + ${WG * u}u + local;
  if (v${u} < params.vocab) {
    let at${u} = row * params.vocab + v${u};
//# if CAP
    let z${u} = capped(logits[at${u}], params.cap);
    let slope${u} = 1.0 - (z${u} / params.cap) * (z${u} / params.cap);
//# else
    let z${u} = logits[at${u}];
    let slope${u} = 1.0;
//# end
    let p${u} = exp((z${u} - row_lse.x) - row_lse.y);
    logits[at${u}] = (p${u} - select(0.0, 1.0, v${u} == target_class)) * slope${u} * upstream;
  }
//# end
}
