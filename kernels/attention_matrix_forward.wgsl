// attention_forward on matrix units, of f16 numbers: o and stats as there.
//
// For each BN keys, S = Q K^T and O += P V are added up in f32. The weights P are
// exp(score - top), top being a score of the query's that is less than RISE below its largest so
// far: they stay within the range of f16, and O is hardly ever scaled down, for which it has to
// pass through workgroup memory. Weights below 3e-8 count in the sum alone.
//
//   qkv    [sequences*length, 3*heads*d] as vectors of 4: q, k, v, then heads
//   o      [sequences*length, heads*d] as vectors of 4
//   stats  [sequences*heads, length]: x as in attention_forward
// score_scale = 1 / (CAP sqrt(d)) if CAP, else 1 / sqrt(d).
// Constants: D4 = d/4; MM, NN, KK, SG, W, FM, BN, C, CAP, CAUSAL as in attention_matrix.
// Launched by matrixAttention() in lib/ops/attention_matrix.ts.
//# include matrix_units
//# include common
//# include attention_matrix

struct Params {
//# include attention_params
}

//# stored o 4
@group(0) @binding(1) var<storage, read_write> o: array<o_t>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

// Weights are at most exp(RISE) = 2981.
const RISE = 8.0;
// The last tile, by its first key, for which a row of O had to be scaled down.
var<workgroup> risen: atomic<u32>;

fn score_of(product: f32) -> f32 {
//# if CAP
  return ${CAP}.0 * cap_tanh(params.score_scale * product);
//# else
  return params.score_scale * product;
//# end
}

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
  let query = part.first_position + row;
//# if CAUSAL
  let row_keys = min(params.length, query + 1u);
  let num_keys = min(params.length, part.first_position + OWNED);
//# else
  let row_keys = params.length;
  let num_keys = params.length;
//# end
//# repeat c 0 C
  own_qkv(part, 0u, ${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let q${i}_${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
//# repeat i 0 FM
//# repeat j 0 C * BN / NN
  var o${i}_${j} = Result();
//# end
//# end
  var top = LOWEST;
  var sum = 0.0;

  for (var start = 0u; start < num_keys; start += ${BN}u) {
    stream_keys(part, start, local);
//# repeat i 0 FM
//# repeat j 0 BN / NN
    var s${i}_${j} = Result();
//# end
//# end
//# repeat k 0 C * BN / KK
//# repeat j 0 BN / NN
    {
      let right = subgroupMatrixLoad<Right, col_major>(
        &tile_a, ${j * NN}u * TILE_STRIDE + ${k * KK}u, TILE_STRIDE);
//# repeat i 0 FM
      s${i}_${j} = subgroupMatrixMultiplyAccumulate(q${i}_${k}, right, s${i}_${j});
//# end
    }
//# end
//# end
//# repeat i 0 FM
//# repeat j 0 BN / NN
    subgroupMatrixStore<row_major>(
      &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, s${i}_${j}, SCORES_STRIDE);
//# end
//# end
    workgroupBarrier();

    // The first tile has a key for every query, the last ones may have none.
    let seen = max(row_keys, start) - start;
    var largest = LOWEST;
//# repeat x 0 BN
    largest = max(largest, select(LOWEST, scores[row * SCORES_STRIDE + ${x}u], ${x}u < seen));
//# end
    var keep = 1.0;
    if (seen > 0u && score_of(largest) > top + RISE) {
      let risen_top = score_of(largest);
      keep = shifted_exp(top - risen_top);
      top = risen_top;
      sum *= keep;
      if (start > 0u) { atomicMax(&risen, start); }
    }
//# repeat x 0 BN * FM * MM / SG
    {
      let column = ${x}u * SHARERS + share;
      let every_p = shifted_exp(score_of(scores[row * SCORES_STRIDE + column]) - top);
      let p = select(0.0, every_p, column < seen);
      sum += p;
      weights[row * WEIGHTS_STRIDE + column] = f16(p);
    }
//# end
    if (workgroupUniformLoad(&risen) == start && start > 0u) {
//# repeat c 0 C
      workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
      subgroupMatrixStore<row_major>(
        &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, o${i}_${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
      workgroupBarrier();
      for (var column = share; column < ${BN}u; column += SHARERS) {
        scores[row * SCORES_STRIDE + column] *= keep;
      }
      workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
      o${i}_${c * BN / NN + j} = subgroupMatrixLoad<Result, row_major>(
        &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, SCORES_STRIDE);
//# end
//# end
//# end
    }
//# repeat k 0 BN / KK
    {
//# repeat i 0 FM
      let left${i} = subgroupMatrixLoad<Left, row_major>(
        &weights, (own + ${i * MM}u) * WEIGHTS_STRIDE + ${k * KK}u, WEIGHTS_STRIDE);
//# end
//# repeat j 0 C * BN / NN
      {
        let right = subgroupMatrixLoad<Right, row_major>(
          &tile_b, ${k * KK}u * TILE_STRIDE + ${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        o${i}_${j} = subgroupMatrixMultiplyAccumulate(left${i}, right, o${i}_${j});
//# end
      }
//# end
    }
//# end
  }

  shares[local] = sum;
//# repeat c 0 C
  workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
  subgroupMatrixStore<row_major>(
    &scores, (own + ${i * MM}u) * SCORES_STRIDE + ${j * NN}u, o${i}_${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let position = part.first_position + e / VECTORS;
    let c = ${c}u * VECTORS + e % VECTORS;
    if (position < params.length && c < ${D4}u) {
      let value = scores_at(e / VECTORS, e % VECTORS) / shared_sum(e / VECTORS);
      o[(part.first_row + position) * params.heads * ${D4}u + part.column + c] = o_t(value);
    }
  }
//# end
  if (share == 0u && query < params.length) {
    let at = part.sequence_head * params.length + query;
//# if CAP
    stats[at].x = exact_exp(-top) / shared_sum(row);
//# else
    stats[at].x = top + log(shared_sum(row));
//# end
  }
}
