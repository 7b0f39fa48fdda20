// attention_backward_q on matrix units, of f16 numbers: the same dq and delta.
//
// For each BN keys, S = Q K^T, dP = dO V^T and dQ += dS K are added up in f32; dS is rounded to f16.
//
//   qkv, d_qkv  [sequences*length, 3*heads*d] as vectors of 4; the part of q is written
//   o, d_o      [sequences*length, heads*d] as vectors of 4
//   stats       [sequences*heads, length]: x (1 / sum, or log sum) is read, y = delta is written
// score_scale = 1 / (CAP sqrt(d)) if CAP, else 1 / sqrt(d); grad_scale = 1 / sqrt(d).
// Constants: D4 = d/4; MM, NN, KK, SG, W, FM, BN, C, CAP, CAUSAL as in attention_matrix;
// ACCUMULATE.
// Launched by matrixAttentionGrad() in lib/ops/attention_matrix.ts.
//# include matrix_units
//# include common
//# include attention_matrix_backward

struct Params {
//# include attention_params
  grad_scale: f32,
}

@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;
//# stored o 4
@group(0) @binding(4) var<storage, read> o: array<o_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(${SG * W})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = part_of(folded_index(group, groups), OWNED);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let own = local / ${SG}u * ${FM * MM}u;
  let row = local / SHARERS;
  let share = local % SHARERS;
  // Queries beyond the last read the last one's numbers, and are not stored.
  let query = part.first_position + row;
  let position = min(query, params.length - 1u);
  let at = part.sequence_head * params.length + position;
  let stat = stats[at].x;
  var delta_share = 0.0;
  let out_row = (part.first_row + position) * params.heads * ${D4}u + part.column;
  for (var c = share; c < ${D4}u; c += SHARERS) {
    delta_share += dot(vec4f(d_o[out_row + c]), vec4f(o[out_row + c]));
  }
  shares[local] = delta_share;
  // What is owned: fragments a of Q, b of dO.
//# repeat c 0 C
  own_qkv(part, 0u, ${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let a${i}_${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
//# repeat c 0 C
  workgroupBarrier();
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let owned = part.first_position + e / VECTORS;
    put_owned(e / VECTORS, e % VECTORS, d_o_at(part, owned, ${c}u * VECTORS + e % VECTORS));
  }
  workgroupBarrier();
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let b${i}_${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
  let delta = shared_sum(row);
//# repeat i 0 FM
//# repeat j 0 C * BN / NN
  var dq${i}_${j} = Result();
//# end
//# end
//# if CAUSAL
  let row_keys = min(params.length, query + 1u);
  let num_keys = min(params.length, part.first_position + OWNED);
//# else
  let row_keys = params.length;
  let num_keys = params.length;
//# end

  for (var start = 0u; start < num_keys; start += ${BN}u) {
    stream_keys(part, start, local);
//# include attention_matrix_products
    let seen = max(row_keys, start) - start;
//# repeat x 0 BN * FM * MM / SG
    let column${x} = ${x}u * SHARERS + share;
    let score${x} = params.score_scale * scores[row * SCORES_STRIDE + column${x}];
//# if CAP
    let t${x} = cap_tanh(score${x});
    let every_slope${x} = cap_exp(t${x}) * stat * fma(-t${x}, t${x}, 1.0);
//# else
    let every_slope${x} = shifted_exp(score${x} - stat);
//# end
    let slope${x} = select(0.0, every_slope${x}, column${x} < seen);
//# end
    workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
    subgroupMatrixStore<row_major>(
      &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, dp${i}_${j}, SCORES_STRIDE);
//# end
//# end
    workgroupBarrier();
//# repeat x 0 BN * FM * MM / SG
    weights[row * WEIGHTS_STRIDE + column${x}] =
      f16(slope${x} * (scores[row * SCORES_STRIDE + column${x}] - delta));
//# end
    workgroupBarrier();
//# repeat k 0 BN / KK
    {
//# repeat i 0 FM
      let ds${i} = subgroupMatrixLoad<Left, row_major>(
        &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# repeat j 0 C * BN / NN
      {
        let k = subgroupMatrixLoad<Right, row_major>(
          &tile_a, ${k * KK}u * TILE_STRIDE + ${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        dq${i}_${j} = subgroupMatrixMultiplyAccumulate(ds${i}, k, dq${i}_${j});
//# end
      }
//# end
    }
//# end
  }

  if (share == 0u && query < params.length) { stats[at].y = delta; }
//# repeat c 0 C
  workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
  subgroupMatrixStore<row_major>(
    &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, dq${i}_${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  store_grad(part, 0u, ${c}u, params.grad_scale, local);
//# end
}
