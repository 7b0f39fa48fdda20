// dq[query] (+)= sum_key ds k[key] / sqrt(d), with s = q·k / sqrt(d), delta = do·o and, if CAP,
//   t = tanh(s / CAP),  p = exp(CAP t) / sum,  ds = p (do·v - delta) (1 - t^2),
// else p = exp(s) / sum,  ds = p (do·v - delta). If CAUSAL, p = 0 for keys after the query.
//
//   qkv, d_qkv  [sequences*length, 3*heads*d] as vectors of 4; qkv is an image if TILE is 0; the
//               part of q is written
//   o, d_o      [sequences*length, heads*d] as vectors of 4, images if TILE is 0
//   stats       [sequences*heads, length]: x (1 / sum, or log sum) is read, y = delta is written
// score_scale = 1 / (CAP sqrt(d)) if CAP, else 1 / sqrt(d); grad_scale = 1 / sqrt(d).
// Constants as in attention_forward; ACCUMULATE.
// Launched by streamAttentionGrad() in lib/ops/attention_streaming.ts.
//# include common
//# include attention_keys
//# include attention_score
//# include attention_out_grad

struct Params {
//# include attention_params
  grad_scale: f32,
}

//# if TILE
//# stored o 4
@group(0) @binding(2) var<storage, read> o: array<o_t>;

fn o_at(i: u32) -> vec4f { return vec4f(o[i]); }
//# else
//# if o_f16
@group(0) @binding(2) var o: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(2) var o: texture_storage_2d<rgba32float, read>;
//# end

fn o_at(i: u32) -> vec4f { return textureLoad(o, texel(i)); }
//# end

@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;
//# stored d_qkv 4
@group(0) @binding(4) var<storage, read_write> d_qkv: array<d_qkv_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = part_of(folded_index(group, groups), ${LANES * ROWS}u);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let hidden = params.heads * ${D4}u;
  let stride = 3u * hidden;
  let last = params.length - 1u;
//# repeat i 0 ROWS
  // Queries beyond the last read the last one, and are not stored.
  let query${i} = part.first_position + ${i * LANES}u + lane;
  let position${i} = min(query${i}, last);
  let from${i} = (part.first_row + position${i}) * stride + part.column;
  let out_from${i} = (part.first_row + position${i}) * hidden + part.column;
  let stat${i} = stats[part.sequence_head * params.length + position${i}].x;
  var delta${i} = 0.0;
//# repeat c 0 D4
  let q${i}_${c} = params.score_scale * qkv_at(from${i} + ${c}u);
  let do${i}_${c} = d_o_at(out_from${i} + ${c}u);
  var dq${i}_${c} = vec4f();
//# end
//# end
  // A loop, and not over a constant range, so that it stays one: the code is short where it
  // runs once.
  for (var c = part.column; c < part.column + ${D4}u; c++) {
//# repeat i 0 ROWS
    let at${i} = (part.first_row + position${i}) * hidden + c;
    delta${i} += dot(d_o_at(at${i}), o_at(at${i}));
//# end
  }
  let keys = part.first_row * stride + hidden + part.column;
  let num_keys = seen_keys(part.first_position);
//# if TILE
  for (var start = 0u; start < num_keys; start += ${TILE}u) {
    load_keys(keys, start, hidden, lane);
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
    let v_${c} = v_at(key, ${c}u, hidden);
//# repeat i 0 ROWS
    dp${i} = add_dot(do${i}_${c}, v_${c}, dp${i});
//# end
//# end
//# repeat c 0 D4
    let k_${c} = k_at(key, ${c}u);
//# repeat i 0 ROWS
    s${i} = add_dot(q${i}_${c}, k_${c}, s${i});
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
    stats[part.sequence_head * params.length + query${i}].y = delta${i};
//# repeat c 0 D4
//# if ACCUMULATE
    d_qkv[from${i} + ${c}u] = d_qkv_t(vec4f(d_qkv[from${i} + ${c}u]) + params.grad_scale * dq${i}_${c});
//# else
    d_qkv[from${i} + ${c}u] = d_qkv_t(params.grad_scale * dq${i}_${c});
//# end
//# end
  }
//# end
}
