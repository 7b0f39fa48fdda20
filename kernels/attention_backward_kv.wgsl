// dk[key] (+)= sum_query ds q[query] / sqrt(d),  dv[key] (+)= sum_query p do[query], with p and
// ds as in attention_backward_q, which must have run before.
//
//   qkv, d_qkv  [sequences*length, 3*heads*d] as vectors of 4; the parts of k and v are written
//   d_o         [sequences*length, heads*d] as vectors of 4; qkv and d_o are images if TILE is 0
//   stats       [sequences*heads, length]: 1 / sum (log sum unless CAP) and delta of each query
// score_scale = 1 / (CAP sqrt(d)) if CAP, else 1 / sqrt(d); grad_scale = 1 / sqrt(d).
// Constants: D4 = d/4. Each of LANES invocations owns ROWS keys and streams over the queries,
// through workgroup memory if TILE > 0. DK, DV: which gradients to write (a graphics card has
// too few registers for both if d is large); CAP; CAUSAL; ACCUMULATE.
// Launched by streamAttentionGrad() in lib/ops/attention_streaming.ts.
//# include common
//# include attention
//# include attention_score
//# include attention_out_grad

struct Params {
//# include attention_params
  grad_scale: f32,
}

@group(0) @binding(2) var<storage, read> stats: array<vec2f>;
//# stored d_qkv 4
@group(0) @binding(3) var<storage, read_write> d_qkv: array<d_qkv_t>;
@group(1) @binding(0) var<uniform> params: Params;
//# if TILE

var<workgroup> q_tile: array<vec4f, ${TILE * D4}>;
var<workgroup> do_tile: array<vec4f, ${TILE * D4}>;
var<workgroup> stats_tile: array<vec2f, ${TILE}>;
//# end

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
  // Keys beyond the last read the last one, and are not stored.
  let key${i} = part.first_position + ${i * LANES}u + lane;
  let from${i} = (part.first_row + min(key${i}, last)) * stride + part.column + hidden;
//# repeat c 0 D4
  let k${i}_${c} = params.score_scale * qkv_at(from${i} + ${c}u);
//# if DK
  let v${i}_${c} = qkv_at(from${i} + hidden + ${c}u);
  var dk${i}_${c} = vec4f();
//# end
//# if DV
  var dv${i}_${c} = vec4f();
//# end
//# end
//# end
  let queries = part.first_row * stride + part.column;
  let out_queries = part.first_row * hidden + part.column;
  let first_stats = part.sequence_head * params.length;
//# if CAUSAL
  // Queries before the workgroup's first key are left out.
  let first_query = part.first_position;
//# else
  let first_query = 0u;
//# end
//# if TILE
  for (var start = first_query; start < params.length; start += ${TILE}u) {
    workgroupBarrier();
    for (var e = lane; e < ${TILE * D4}u; e += ${LANES}u) {
      let row = min(start + e / ${D4}u, last);
      q_tile[e] = qkv_at(queries + row * stride + e % ${D4}u);
      do_tile[e] = d_o_at(out_queries + row * hidden + e % ${D4}u);
    }
    for (var e = lane; e < ${TILE}u; e += ${LANES}u) {
      stats_tile[e] = stats[first_stats + min(start + e, last)];
    }
    workgroupBarrier();
    let end = min(${TILE}u, params.length - start);
    for (var query = 0u; query < end; query++) {
      let stat = stats_tile[query];
//# else
  // For the bounds see attention_forward.
  let end = first_stats + params.length;
  var q_from = queries + first_query * stride;
  var do_from = out_queries + first_query * hidden;
  for (var query = first_stats + first_query; query < end; query++) {
    let stat = stats[query];
//# end
//# repeat i 0 ROWS
    var s${i} = 0.0;
//# if DK
    var dp${i} = 0.0;
//# end
//# end
//# repeat c 0 D4
//# if TILE
    let do_${c} = do_tile[query * ${D4}u + ${c}u];
//# else
    let do_${c} = d_o_at(do_from + ${c}u);
//# end
//# if DK
//# repeat i 0 ROWS
    dp${i} = add_dot(v${i}_${c}, do_${c}, dp${i});
//# end
//# end
//# end
//# repeat c 0 D4
//# if TILE
    let q_${c} = q_tile[query * ${D4}u + ${c}u];
//# else
    let q_${c} = qkv_at(q_from + ${c}u);
//# end
//# repeat i 0 ROWS
    s${i} = add_dot(k${i}_${c}, q_${c}, s${i});
//# end
//# end
//# repeat i 0 ROWS
//# if CAP
    let t${i} = cap_tanh(s${i});
    let every_p${i} = cap_exp(t${i}) * stat.x;
//# else
    let every_p${i} = shifted_exp(s${i} - stat.x);
//# end
//# if CAUSAL && TILE
    let p${i} = select(0.0, every_p${i}, start + query >= key${i});
//# end
//# if CAUSAL && !TILE
    let p${i} = select(0.0, every_p${i}, query >= first_stats + key${i});
//# end
//# if !CAUSAL
    let p${i} = every_p${i};
//# end
//# if DK && CAP
    let ds${i} = p${i} * (dp${i} - stat.y) * fma(-t${i}, t${i}, 1.0);
//# end
//# if DK && !CAP
    let ds${i} = p${i} * (dp${i} - stat.y);
//# end
//# end
//# repeat c 0 D4
//# repeat i 0 ROWS
//# if DV
    dv${i}_${c} = fma(vec4f(p${i}), do_${c}, dv${i}_${c});
//# end
//# if DK
    dk${i}_${c} = fma(vec4f(ds${i}), q_${c}, dk${i}_${c});
//# end
//# end
//# end
//# if TILE
    }
  }
//# else
    q_from += stride;
    do_from += hidden;
  }
//# end

//# repeat i 0 ROWS
  if (key${i} < params.length) {
//# repeat c 0 D4
//# if DK
//# if ACCUMULATE
    d_qkv[from${i} + ${c}u] = d_qkv_t(vec4f(d_qkv[from${i} + ${c}u]) + params.grad_scale * dk${i}_${c});
//# else
    d_qkv[from${i} + ${c}u] = d_qkv_t(params.grad_scale * dk${i}_${c});
//# end
//# end
//# if DV
//# if ACCUMULATE
    d_qkv[from${i} + hidden + ${c}u] = d_qkv_t(vec4f(d_qkv[from${i} + hidden + ${c}u]) + dv${i}_${c});
//# else
    d_qkv[from${i} + hidden + ${c}u] = d_qkv_t(dv${i}_${c});
//# end
//# end
//# end
  }
//# end
}
