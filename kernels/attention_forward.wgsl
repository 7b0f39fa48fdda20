// o[query] = sum_key p v[key] / sum_key p,  p = exp(CAP tanh(s / CAP)) or, if CAP is 0, exp(s),
// s = q·k / sqrt(d), over the keys of the query's sequence: all of them or, if CAUSAL, those up
// to its own position.
//
// Since the capped score is at most CAP <= 64, p and its sums stay inside the range of f32 (2e-28
// to 6e27 a key): the softmax needs no maximum and streams over the keys in one pass. Without a
// cap each query keeps a running maximum, and what it has summed is scaled down when that rises.
//
//   qkv    [sequences*length, 3*heads*d] as vectors of 4: q, k, v, then heads; an image if TILE
//          is 0
//   o      [sequences*length, heads*d] as vectors of 4
//   stats  [sequences*heads, length]: for backward (whose y is), x = 1 / sum_key p if CAP, else
//          log sum_key p
// score_scale = 1 / (CAP sqrt(d)) if CAP, else 1 / sqrt(d).
// Constants: D4 = d/4. Each of LANES invocations owns ROWS queries, their q and o in
// registers, and streams over the keys; TILE > 0: keys and values pass through workgroup
// memory, TILE at a time, else every invocation reads them. CAP, CAUSAL.
// Launched by streamAttention() in lib/ops/attention_streaming.ts.
//# include common
//# include attention_keys
//# include attention_score

struct Params {
//# include attention_params
}

//# stored o 4
@group(0) @binding(1) var<storage, read_write> o: array<o_t>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec2f>;
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
  let from${i} = (part.first_row + min(query${i}, last)) * stride + part.column;
  var sum${i} = 0.0;
//# if !CAP
  var top${i} = LOWEST;
//# end
//# repeat c 0 D4
  let q${i}_${c} = params.score_scale * qkv_at(from${i} + ${c}u);
  var o${i}_${c} = vec4f();
//# end
//# end
  let keys = part.first_row * stride + hidden + part.column;
  let num_keys = seen_keys(part.first_position);
//# if TILE
  for (var start = 0u; start < num_keys; start += ${TILE}u) {
    load_keys(keys, start, hidden, lane);
    let end = min(${TILE}u, num_keys - start) * ${D4}u;
    for (var key = 0u; key < end; key += ${D4}u) {
//# else
  // The bounds of the loop depend on the workgroup on purpose: Mesa's lavapipe compiles a
  // shader anew for every dispatch where a loop's bound is a uniform alone.
  let end = keys + num_keys * stride;
  for (var key = keys; key < end; key += stride) {
//# end
//# repeat i 0 ROWS
    var s${i} = 0.0;
//# end
//# repeat c 0 D4
    let k_${c} = k_at(key, ${c}u);
//# repeat i 0 ROWS
    s${i} = add_dot(q${i}_${c}, k_${c}, s${i});
//# end
//# end
//# repeat i 0 ROWS
//# if CAUSAL && TILE
    let seen${i} = start * ${D4}u + key <= query${i} * ${D4}u;
//# end
//# if CAUSAL && !TILE
    let seen${i} = key <= keys + query${i} * stride;
//# end
//# if CAP
//# if CAUSAL
    let p${i} = select(0.0, cap_exp(cap_tanh(s${i})), seen${i});
//# else
    let p${i} = cap_exp(cap_tanh(s${i}));
//# end
    sum${i} += p${i};
//# else
//# if CAUSAL
    s${i} = select(LOWEST, s${i}, seen${i});
//# end
    let higher${i} = max(top${i}, s${i});
    let keep${i} = shifted_exp(top${i} - higher${i});
    let p${i} = shifted_exp(s${i} - higher${i});
    top${i} = higher${i};
    sum${i} = fma(sum${i}, keep${i}, p${i});
//# end
//# end
//# repeat c 0 D4
    let v_${c} = v_at(key, ${c}u, hidden);
//# repeat i 0 ROWS
//# if CAP
    o${i}_${c} = fma(vec4f(p${i}), v_${c}, o${i}_${c});
//# else
    o${i}_${c} = fma(vec4f(p${i}), v_${c}, keep${i} * o${i}_${c});
//# end
//# end
//# end
  }
//# if TILE
  }
//# end

//# repeat i 0 ROWS
  if (query${i} < params.length) {
    let inverse_sum${i} = 1.0 / sum${i};
    let to${i} = (part.first_row + query${i}) * hidden + part.column;
//# repeat c 0 D4
    o[to${i} + ${c}u] = o_t(inverse_sum${i} * o${i}_${c});
//# end
//# if CAP
    stats[part.sequence_head * params.length + query${i}].x = inverse_sum${i};
//# else
    stats[part.sequence_head * params.length + query${i}].x = top${i} + log(sum${i});
//# end
  }
//# end
}
