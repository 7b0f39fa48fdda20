// attention_backward_kv on matrix units, of f16 numbers: the same dk and dv.
// attention_matrix_backward_q, or attention_backward_q, must have run before.
//
// A workgroup owns keys. For each BN queries, S^T = K Q^T, dV += P^T dO, dP^T = V dO^T and
// dK += dS^T Q are added up in f32; P and dS are rounded to f16.
//
//   qkv, d_qkv  [sequences*length, 3*heads*d] as vectors of 4; the parts of k and v are written
//   d_o         [sequences*length, heads*d] as vectors of 4
//   stats       [sequences*heads, length]: 1 / sum (log sum unless CAP) and delta of each query
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

@group(0) @binding(3) var<storage, read> stats: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

// Of the queries in the tiles.
var<workgroup> stats_tile: array<vec2f, ${BN}>;

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
  let key = part.first_position + row;
  // What is owned: fragments a of K, b of V.
//# repeat c 0 C
  own_qkv(part, 1u, ${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let a${i}_${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
  own_qkv(part, 2u, ${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let b${i}_${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
//# repeat i 0 FM
//# repeat j 0 C * BN / NN
  var dk${i}_${j} = Result();
  var dv${i}_${j} = Result();
//# end
//# end
//# if CAUSAL
  // Queries before the workgroup's first key are left out.
  let first_query = part.first_position;
//# else
  let first_query = 0u;
//# end

  for (var start = first_query; start < params.length; start += ${BN}u) {
    workgroupBarrier();
    for (var e = local; e < ${BN * C * BN / 4}u; e += INVOCATIONS) {
      let position = e / (${C}u * VECTORS);
      let c = e % (${C}u * VECTORS);
      let q = qkv_at(part, 0u, start + position, c);
      put_streamed(position, c, q, d_o_at(part, start + position, c));
    }
    for (var e = local; e < ${BN}u; e += INVOCATIONS) {
      let query = min(start + e, params.length - 1u);
      stats_tile[e] = stats[part.sequence_head * params.length + query];
    }
    workgroupBarrier();
//# include attention_matrix_products
//# repeat x 0 BN * FM * MM / SG
    let column${x} = ${x}u * SHARERS + share;
    let stat${x} = stats_tile[column${x}];
    let score${x} = params.score_scale * scores[row * SCORES_STRIDE + column${x}];
//# if CAUSAL
    let seen${x} = start + column${x} < params.length && start + column${x} >= key;
//# else
    let seen${x} = start + column${x} < params.length;
//# end
//# if CAP
    let t${x} = cap_tanh(score${x});
    let p${x} = select(0.0, cap_exp(t${x}) * stat${x}.x, seen${x});
    let slope${x} = p${x} * fma(-t${x}, t${x}, 1.0);
//# else
    let p${x} = select(0.0, shifted_exp(score${x} - stat${x}.x), seen${x});
    let slope${x} = p${x};
//# end
    weights[row * WEIGHTS_STRIDE + column${x}] = f16(p${x});
//# end
    workgroupBarrier();
//# repeat k 0 BN / KK
    {
//# repeat i 0 FM
      let p${i} = subgroupMatrixLoad<Left, row_major>(
        &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# repeat j 0 C * BN / NN
      {
        let d_o = subgroupMatrixLoad<Right, row_major>(
          &tile_b, ${k * KK}u * TILE_STRIDE + ${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        dv${i}_${j} = subgroupMatrixMultiplyAccumulate(p${i}, d_o, dv${i}_${j});
//# end
      }
//# end
    }
//# end
//# repeat i 0 FM
//# repeat j 0 BN / NN
    subgroupMatrixStore<row_major>(
      &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, dp${i}_${j}, SCORES_STRIDE);
//# end
//# end
    workgroupBarrier();
//# repeat x 0 BN * FM * MM / SG
    weights[row * WEIGHTS_STRIDE + column${x}] =
      f16(slope${x} * (scores[row * SCORES_STRIDE + column${x}] - stat${x}.y));
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
        let q = subgroupMatrixLoad<Right, row_major>(
          &tile_a, ${k * KK}u * TILE_STRIDE + ${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        dk${i}_${j} = subgroupMatrixMultiplyAccumulate(ds${i}, q, dk${i}_${j});
//# end
      }
//# end
    }
//# end
  }

//# repeat c 0 C
  workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
  subgroupMatrixStore<row_major>(
    &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, dk${i}_${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  store_grad(part, 1u, ${c}u, params.grad_scale, local);
  workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
  subgroupMatrixStore<row_major>(
    &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, dv${i}_${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  store_grad(part, 2u, ${c}u, 1.0, local);
//# end
}
