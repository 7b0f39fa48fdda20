// dq[query] (+)= sum_key ds k[key] / sqrt(d), with s = q·k / sqrt(d), delta = do·o and, if CAP,
//   t = tanh(s / 50),  p = exp(50 t) / sum,  ds = p (do·v - delta) (1 - t^2),
// else p = exp(s) / sum,  ds = p (do·v - delta). If CAUSAL, p = 0 for keys after the query.
//
//   qkv, d_qkv  [sequences*length, 3*heads*d] as vectors of 4; qkv is an image if TILE is 0; the
//               part of q is written
//   o, d_o      [sequences*length, heads*d] as vectors of 4
//   stats       [sequences*heads, length]: x (1 / sum, or log sum) is read, y = delta is written
// score_scale = 1 / (50 sqrt(d)) if CAP, else 1 / sqrt(d); grad_scale = 1 / sqrt(d).
// Constants as in attention_forward; ACCUMULATE.
//# include common
//# include texel
//# include attention_score

struct Params {
  length: u32,
  heads: u32,
  sequence_heads: u32,
  tiles: u32,
  score_scale: f32,
  grad_scale: f32,
}

//# if TILE
@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
//# else
@group(0) @binding(0) var qkv: texture_storage_2d<rgba32float, read>;
//# end
@group(0) @binding(1) var<storage, read> o: array<vec4f>;
@group(0) @binding(2) var<storage, read> d_o: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> d_qkv: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;
//# if TILE

var<workgroup> k_tile: array<vec4f, ${TILE * D4}>;
var<workgroup> v_tile: array<vec4f, ${TILE * D4}>;
//# end

//# if TILE
fn qkv_at(i: u32) -> vec4f { return qkv[i]; }
//# else
fn qkv_at(i: u32) -> vec4f { return textureLoad(qkv, texel(i)); }
//# end

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let job = folded_index(group, groups);
  let sequence_head = job / params.tiles;
  if (sequence_head >= params.sequence_heads) { return; }
  let first = (sequence_head / params.heads) * params.length;
  let column = (sequence_head % params.heads) * ${D4}u;
  let hidden = params.heads * ${D4}u;
  let stride = 3u * hidden;
  let last = params.length - 1u;
//# repeat i 0 ROWS
  // Queries beyond the last read the last one, and are not stored.
  let query${i} = (job % params.tiles) * ${LANES * ROWS}u + ${i * LANES}u + lane;
  let position${i} = min(query${i}, last);
  let from${i} = (first + position${i}) * stride + column;
  let out_from${i} = (first + position${i}) * hidden + column;
  let stat${i} = stats[sequence_head * params.length + position${i}].x;
  var delta${i} = 0.0;
//# repeat c 0 D4
  let q${i}_${c} = params.score_scale * qkv_at(from${i} + ${c}u);
  let do${i}_${c} = d_o[out_from${i} + ${c}u];
  var dq${i}_${c} = vec4f();
//# end
//# end
  // A loop, and not over a constant range, so that it stays one: the code is short where it
  // runs once.
  for (var c = column; c < column + ${D4}u; c++) {
//# repeat i 0 ROWS
    let at${i} = (first + position${i}) * hidden + c;
    delta${i} += dot(d_o[at${i}], o[at${i}]);
//# end
  }
  let keys = first * stride + hidden + column;
//# if CAUSAL
  let num_keys = min(params.length, (job % params.tiles + 1u) * ${LANES * ROWS}u);
//# else
  let num_keys = params.length;
//# end
//# if TILE
  for (var start = 0u; start < num_keys; start += ${TILE}u) {
    workgroupBarrier();
    for (var e = lane; e < ${TILE * D4}u; e += ${LANES}u) {
      let source = keys + min(start + e / ${D4}u, last) * stride + e % ${D4}u;
      k_tile[e] = qkv_at(source);
      v_tile[e] = qkv_at(source + hidden);
    }
    workgroupBarrier();
    let end = min(${TILE}u, num_keys - start) * ${D4}u;
    for (var key = 0u; key < end; key += ${D4}u) {
//# else
  // For the bounds see attention_forward.
  let end = keys + num_keys * stride;
  for (var key = keys; key < end; key += stride) {
//# end
//# repeat i 0 ROWS
    var s${i} = 0.0;
    var dp${i} = 0.0;
//# end
//# repeat c 0 D4
//# if TILE
    let v_${c} = v_tile[key + ${c}u];
//# else
    let v_${c} = qkv_at(key + hidden + ${c}u);
//# end
//# repeat i 0 ROWS
    dp${i} = fma(do${i}_${c}.w, v_${c}.w, fma(do${i}_${c}.z, v_${c}.z, fma(do${i}_${c}.y, v_${c}.y, fma(do${i}_${c}.x, v_${c}.x, dp${i}))));
//# end
//# end
//# repeat c 0 D4
//# if TILE
    let k_${c} = k_tile[key + ${c}u];
//# else
    let k_${c} = qkv_at(key + ${c}u);
//# end
//# repeat i 0 ROWS
    s${i} = fma(q${i}_${c}.w, k_${c}.w, fma(q${i}_${c}.z, k_${c}.z, fma(q${i}_${c}.y, k_${c}.y, fma(q${i}_${c}.x, k_${c}.x, s${i}))));
//# end
//# end
//# repeat i 0 ROWS
//# if CAP
    let t${i} = cap_tanh(s${i});
    let every_ds${i} = cap_exp(t${i}) * stat${i} * (dp${i} - delta${i}) * fma(-t${i}, t${i}, 1.0);
//# else
    let every_ds${i} = shifted_exp(s${i} - stat${i}) * (dp${i} - delta${i});
//# end
//# if CAUSAL && TILE
    let ds${i} = select(0.0, every_ds${i}, start * ${D4}u + key <= query${i} * ${D4}u);
//# end
//# if CAUSAL && !TILE
    let ds${i} = select(0.0, every_ds${i}, key <= keys + query${i} * stride);
//# end
//# if !CAUSAL
    let ds${i} = every_ds${i};
//# end
//# end
//# repeat c 0 D4
//# repeat i 0 ROWS
    dq${i}_${c} = fma(vec4f(ds${i}), k_${c}, dq${i}_${c});
//# end
//# end
  }
//# if TILE
  }
//# end

//# repeat i 0 ROWS
  if (query${i} < params.length) {
    stats[sequence_head * params.length + query${i}].y = delta${i};
//# repeat c 0 D4
//# if ACCUMULATE
    d_qkv[from${i} + ${c}u] += params.grad_scale * dq${i}_${c};
//# else
    d_qkv[from${i} + ${c}u] = params.grad_scale * dq${i}_${c};
//# end
//# end
  }
//# end
}
