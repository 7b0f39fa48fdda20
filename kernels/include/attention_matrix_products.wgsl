// A part of main of the backward kernels of attention on matrix units, in its loop over what streams
// past: the products of the fragments a and b, which are owned, with the transposes of tile_a and
// tile_b. Those of a become the scores, those of b the fragments dp.
// Constants: as in attention_matrix.
//# repeat i 0 FM
//# repeat j 0 BN / NN
    var s${i}_${j} = Result();
    var dp${i}_${j} = Result();
//# end
//# end
//# repeat k 0 C * BN / KK
//# repeat j 0 BN / NN
    {
      let right_a = subgroupMatrixLoad<Right, col_major>(
        &tile_a, ${j * NN}u * TILE_STRIDE + ${k * KK}u, TILE_STRIDE);
      let right_b = subgroupMatrixLoad<Right, col_major>(
        &tile_b, ${j * NN}u * TILE_STRIDE + ${k * KK}u, TILE_STRIDE);
//# repeat i 0 FM
      s${i}_${j} = subgroupMatrixMultiplyAccumulate(a${i}_${k}, right_a, s${i}_${j});
      dp${i}_${j} = subgroupMatrixMultiplyAccumulate(b${i}_${k}, right_b, dp${i}_${j});
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
