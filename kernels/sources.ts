// Generated from the .wgsl files by `deno task kernels`. Do not edit.
// deno-fmt-ignore-file
/**
 * The text of every kernel template, and of every file that they include, by name without
 * `.wgsl`.
 *
 * @module
 */

/**
 * What each kernel needs: template constants, bindings (a buffer or an image) and parameters. What
 * is optional depends on the constants.
 */
export interface Kernels {
  /** dx (+)= dy activation_slope(x), elementwise. */
  activation_backward: {
    constants: { WG: number; STEPS: number; FORM: number; VEC: number; ACCUMULATE: number };
    bindings: { x: "buffer"; dy: "buffer"; dx: "buffer" };
    params: { count: number };
  };
  /** y = activation(x), elementwise. */
  activation_forward: {
    constants: { WG: number; STEPS: number; FORM: number; VEC: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: { count: number };
  };
  /** One AdamW step on a flat buffer, with the global-norm clip of the gradient. */
  adamw: {
    constants: { WG: number; STEPS: number; VEC: number; COUNT: number };
    bindings: {
      p: "buffer";
      grad: "buffer";
      m: "buffer";
      v: "buffer";
      norm: "buffer";
      skipped?: "buffer";
    };
    params: {
      count: number;
      clip: number;
      one_minus_beta1: number;
      beta2: number;
      one_minus_beta2: number;
      keep: number;
      step_size: number;
      root_scale: number;
      eps: number;
    };
  };
  /** y = a + b, elementwise. */
  add: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { a: "buffer"; b: "buffer"; y: "buffer" };
    params: { count: number };
  };
  /** y += x, elementwise. */
  add_into: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { y: "buffer"; x: "buffer" };
    params: { count: number };
  };
  /** y[y_start + i] (+)= scales[(row_start + i / columns) / length] * x[i]. */
  add_scaled_rows: {
    constants: { WG: number; STEPS: number; VEC: number; ACCUMULATE: number };
    bindings: { x: "buffer"; scales: "buffer"; y: "buffer" };
    params: { count: number; columns: number; row_start: number; length: number; y_start: number };
  };
  /** y[m] = the lowest v at which x[m, v] is largest, or 0xffffffff if the row holds a NaN or an infinity. */
  argmax_rows: {
    constants: { WG: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: { rows: number; columns: number; row_start: number };
  };
  /** dk[key] (+)= sum_query ds q[query] / sqrt(d),  dv[key] (+)= sum_query p do[query], with p and ds as in attention_backward_q, which must have run before. */
  attention_backward_kv: {
    constants: {
      D4: number;
      TILE: number;
      CAP: number;
      LANES: number;
      ROWS: number;
      DK: number;
      DV: number;
      CAUSAL: number;
      ACCUMULATE?: number;
    };
    bindings: {
      qkv: "buffer" | "image";
      d_o: "buffer" | "image";
      stats: "buffer";
      d_qkv: "buffer";
    };
    params: {
      length: number;
      heads: number;
      sequence_heads: number;
      tiles: number;
      score_scale: number;
      grad_scale: number;
    };
  };
  /** dq[query] (+)= sum_key ds k[key] / sqrt(d), with s = q·k / sqrt(d), delta = do·o and, if CAP, t = tanh(s / CAP),  p = exp(CAP t) / sum,  ds = p (do·v - delta) (1 - t^2), else p = exp(s) / sum,  ds = p (do·v - delta). */
  attention_backward_q: {
    constants: {
      D4: number;
      TILE: number;
      CAUSAL: number;
      LANES: number;
      ROWS: number;
      CAP: number;
      ACCUMULATE: number;
    };
    bindings: {
      qkv: "buffer" | "image";
      d_o: "buffer" | "image";
      o: "buffer" | "image";
      stats: "buffer";
      d_qkv: "buffer";
    };
    params: {
      length: number;
      heads: number;
      sequence_heads: number;
      tiles: number;
      score_scale: number;
      grad_scale: number;
    };
  };
  /** o[query] = sum_key p v[key] / sum_key p,  p = exp(CAP tanh(s / CAP)) or, if CAP is 0, exp(s), s = q·k / sqrt(d), over the keys of the query's sequence. */
  attention_forward: {
    constants: {
      D4: number;
      TILE: number;
      CAUSAL: number;
      LANES: number;
      ROWS: number;
      CAP: number;
    };
    bindings: { qkv: "buffer" | "image"; o: "buffer"; stats: "buffer" };
    params: {
      length: number;
      heads: number;
      sequence_heads: number;
      tiles: number;
      score_scale: number;
    };
  };
  /** attention_backward_kv on matrix units, of f16 numbers. */
  attention_matrix_backward_kv: {
    constants: {
      KK: number;
      MM: number;
      NN: number;
      D4: number;
      CAP: number;
      SG: number;
      W: number;
      FM: number;
      BN: number;
      C: number;
      ACCUMULATE: number;
      CAUSAL: number;
    };
    bindings: { qkv: "buffer"; d_o: "buffer"; d_qkv: "buffer"; stats: "buffer" };
    params: {
      length: number;
      heads: number;
      sequence_heads: number;
      tiles: number;
      score_scale: number;
      grad_scale: number;
    };
  };
  /** attention_backward_q on matrix units, of f16 numbers. */
  attention_matrix_backward_q: {
    constants: {
      KK: number;
      MM: number;
      NN: number;
      D4: number;
      CAP: number;
      SG: number;
      W: number;
      FM: number;
      BN: number;
      C: number;
      ACCUMULATE: number;
      CAUSAL: number;
    };
    bindings: { qkv: "buffer"; d_o: "buffer"; d_qkv: "buffer"; stats: "buffer"; o: "buffer" };
    params: {
      length: number;
      heads: number;
      sequence_heads: number;
      tiles: number;
      score_scale: number;
      grad_scale: number;
    };
  };
  /** attention_forward on matrix units, of f16 numbers. */
  attention_matrix_forward: {
    constants: {
      KK: number;
      MM: number;
      NN: number;
      D4: number;
      CAP: number;
      SG: number;
      W: number;
      FM: number;
      BN: number;
      C: number;
      CAUSAL: number;
    };
    bindings: { qkv: "buffer"; o: "buffer"; stats: "buffer" };
    params: {
      length: number;
      heads: number;
      sequence_heads: number;
      tiles: number;
      score_scale: number;
    };
  };
  /** y[start + i] = keep · y[start + i] + weight · x[i]. */
  blend: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: { count: number; start: number; keep: number; weight: number };
  };
  /** One step of a blocked Cholesky decomposition. */
  cholesky_block: {
    constants: { NB: number; WG: number };
    bindings: { gram: "buffer"; work: "buffer"; factor: "buffer"; inverses: "buffer" };
    params: { start: number; stride: number; size: number; inverse_start: number; jitter: number };
  };
  /** y = x, elementwise. */
  copy: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: { count: number };
  };
  /** y[r, c] = x[row_start + r, column_start + c]. */
  copy_block: {
    constants: { WG: number; BLOCK: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: {
      rows: number;
      columns: number;
      row_start: number;
      column_start: number;
      x_columns: number;
    };
  };
  /** A chunk of x_t = (1 - gamma) n + gamma onehot(token), or of n alone, n normal. */
  corrupt: {
    constants: {
      SAMPLES: number;
      ALIGNED: number;
      TOKENS: number;
      ROWS: number;
      COLS: number;
      PER: number;
    };
    bindings: { y: "buffer"; tokens?: "buffer"; gammas?: "buffer"; samples?: "buffer" };
    params: {
      rows: number;
      columns: number;
      row_start: number;
      column_start: number;
      length: number;
      key_low: number;
      key_high: number;
      first_sample: number;
      step: number;
    };
  };
  /** loss[m] = log sum_v exp(z[m, v]) - z[m, target[m]], where z is the logits, or cap tanh(logits / cap) if CAP. */
  cross_entropy: {
    constants: { LANES: number; WG: number; CAP: number; GRAD: number };
    bindings: { logits: "buffer"; dloss?: "buffer"; targets: "buffer"; loss: "buffer" };
    params: { rows: number; vocab: number; row_start: number; cap: number };
  };
  /** y[i] = x[i] / (norm[0] + eps). */
  divide_by_norm: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { x: "buffer"; norm: "buffer"; y: "buffer" };
    params: { count: number; eps: number };
  };
  /** shadow += weight (p - shadow), elementwise, weight = 1 - decay. */
  ema: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { shadow: "buffer"; p: "buffer" };
    params: { count: number; weight: number };
  };
  /** dE[v] += sum of dy[p] over the positions p with token v, in ascending order. */
  embedding_backward: {
    constants: { VEC: number; WG: number };
    bindings: {
      tokens: "buffer";
      firsts: "buffer";
      links: "buffer";
      dy: "buffer";
      dembedding: "buffer";
    };
    params: { count: number; hidden: number; row_start: number; rows: number };
  };
  /** y[r] = E[tokens[r]] for the tokens whose rows are in this window of E. */
  embedding_forward: {
    constants: { VEC: number; WG: number; BLOCK: number; FIRST: number };
    bindings: { tokens: "buffer"; embedding: "buffer"; y: "buffer" };
    params: { count: number; hidden: number; row_start: number; rows: number };
  };
  /** The positions of each token, as a list in ascending order. */
  embedding_links: {
    constants: { WG: number };
    bindings: { tokens: "buffer"; firsts: "buffer"; links: "buffer" };
    params: { count: number; vocabulary: number };
  };
  /** y[i] = value. */
  fill: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { y: "buffer" };
    params: { count: number; value: number };
  };
  /** Gradients of gated_residual_forward for branch and gate (that of residual is dy). */
  gated_residual_backward: {
    constants: {
      VEC: number;
      ROWS: number;
      PER: number;
      COLS: number;
      GATE: number;
      DROPOUT: number;
      SAMPLES: number;
      DBRANCH: number;
      WHOLE: number;
      ACCUMULATE?: number;
    };
    bindings: {
      branch?: "buffer";
      dy: "buffer";
      modulation?: "buffer";
      partials?: "buffer";
      dbranch?: "buffer";
      samples?: "buffer";
    };
    params: {
      samples: number;
      length: number;
      hidden: number;
      modulation_stride?: number;
      gate?: number;
      key_low?: number;
      key_high?: number;
      layer?: number;
      first_sample?: number;
      step?: number;
      keep_from?: number;
      factor?: number;
    };
  };
  /** y = residual + gate * dropout(branch), the gate being that of the row's sample, or 1 unless GATE. */
  gated_residual_forward: {
    constants: {
      VEC: number;
      ROWS: number;
      PER: number;
      COLS: number;
      GATE: number;
      DROPOUT: number;
      SAMPLES: number;
      WHOLE: number;
    };
    bindings: {
      residual: "buffer";
      branch: "buffer";
      modulation?: "buffer";
      y: "buffer";
      samples?: "buffer";
    };
    params: {
      samples: number;
      length: number;
      hidden: number;
      modulation_stride?: number;
      gate?: number;
      key_low?: number;
      key_high?: number;
      layer?: number;
      first_sample?: number;
      step?: number;
      keep_from?: number;
      factor?: number;
    };
  };
  /** y[r, :] = weight · data[r, :] where row r has a given token. */
  hold_rows: {
    constants: { WG: number; STEPS: number };
    bindings: { tokens: "buffer"; data: "buffer"; y: "buffer" };
    params: { count: number; columns: number; weight: number };
  };
  /** y[i] = tokens[i] where a token is given. */
  hold_tokens: {
    constants: { WG: number; STEPS: number };
    bindings: { tokens: "buffer"; y: "buffer" };
    params: { count: number };
  };
  /** Gradient of layer_norm_forward. */
  layer_norm_backward: {
    constants: {
      VEC: number;
      ROWS: number;
      PER: number;
      COLS: number;
      SLOTS: number;
      ROUND?: number;
      DROPOUT: number;
      SAMPLES?: number;
      MODULATE: number;
      RESIDUAL: number;
      DX: number;
      WHOLE: number;
      ACCUMULATE?: number;
    };
    bindings: {
      x: "buffer";
      dy: "buffer";
      weight: "buffer";
      modulation?: "buffer";
      stats: "buffer";
      partials: "buffer";
      dx?: "buffer";
      branch?: "buffer";
    };
    params: {
      samples: number;
      length: number;
      hidden: number;
      modulation_stride?: number;
      scale?: number;
      gate?: number;
      key_low?: number;
      key_high?: number;
      layer?: number;
      first_sample?: number;
      step?: number;
      keep_from?: number;
      factor?: number;
    };
  };
  /** y = (x - mean) * rstd * weight * (1 + scale) + shift for each row, with rstd = 1 / sqrt(mean((x - mean)^2) + eps). */
  layer_norm_forward: {
    constants: {
      VEC: number;
      ROWS: number;
      PER: number;
      COLS: number;
      SLOTS: number;
      ROUND?: number;
      DROPOUT: number;
      SAMPLES: number;
      MODULATE: number;
      RESIDUAL: number;
      BIAS: number;
      WHOLE: number;
    };
    bindings: {
      x: "buffer";
      weight: "buffer";
      modulation?: "buffer";
      bias?: "buffer";
      y: "buffer";
      stats: "buffer";
      residual?: "buffer";
      branch?: "buffer";
      samples?: "buffer";
    };
    params: {
      samples: number;
      length: number;
      hidden: number;
      modulation_stride?: number;
      shift?: number;
      scale?: number;
      eps: number;
      gate?: number;
      key_low?: number;
      key_high?: number;
      layer?: number;
      first_sample?: number;
      step?: number;
      keep_from?: number;
      factor?: number;
    };
  };
  /** The scale of the loss after a step, state[0], and the good steps since it changed, state[1]. */
  loss_scale: {
    constants: Record<never, never>;
    bindings: { norm: "buffer"; state: "buffer" };
    params: { growth_steps: number; largest: number };
  };
  /** dloss[m] (+)= exp(-w[b]) dy[m], b = m / length. */
  loss_weighting_backward_loss: {
    constants: { WG: number; STEPS: number; ACCUMULATE: number };
    bindings: { w: "buffer"; dy: "buffer"; dloss: "buffer" };
    params: { count: number; length: number };
  };
  /** dw[b] (+)= sum over the positions l of sample b of dy[m] (1 - exp(-w[b]) loss[m]), m = b length + l. */
  loss_weighting_backward_w: {
    constants: { LANES: number; ACCUMULATE: number };
    bindings: { loss: "buffer"; w: "buffer"; dy: "buffer"; dw: "buffer" };
    params: { samples: number; length: number };
  };
  /** y[m] = exp(-w[b]) loss[m] + w[b], b = m / length. */
  loss_weighting_forward: {
    constants: { WG: number; STEPS: number };
    bindings: { loss: "buffer"; w: "buffer"; y: "buffer" };
    params: { count: number; length: number };
  };
  /** C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]) on matrix units, which multiply fragments of f16 numbers, MM x KK by KK x NN, and add up in f32. */
  matmul_matrix: {
    constants: {
      VEC: number;
      BIAS: number;
      KK: number;
      MM: number;
      NN: number;
      BK: number;
      WM: number;
      FM: number;
      WN: number;
      FN: number;
      SG: number;
      A_T: number;
      B_T: number;
      SPLIT: number;
      ACCUMULATE: number;
    };
    bindings: { a: "buffer"; b: "buffer"; c: "buffer"; bias?: "buffer" };
    params: {
      M: number;
      N: number;
      K: number;
      k_span: number;
      a_start: number;
      a_stride: number;
      b_start: number;
      b_stride: number;
      c_start: number;
      c_stride: number;
      bias_start: number;
    };
  };
  /** C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]). */
  matmul_plain: {
    constants: { WG: number; STEPS: number; BIAS: number; ACCUMULATE: number };
    bindings: { a: "buffer"; b: "buffer"; c: "buffer"; bias?: "buffer" };
    params: {
      count: number;
      N: number;
      K: number;
      a_start: number;
      a_row: number;
      a_col: number;
      b_start: number;
      b_row: number;
      b_col: number;
      c_start: number;
      c_stride: number;
      bias_start: number;
    };
  };
  /** C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]). */
  matmul_register: {
    constants: {
      VEC: number;
      BIAS: number;
      LANES: number;
      TN: number;
      TM: number;
      A_T: number;
      B_T: number;
      ACCUMULATE: number;
    };
    bindings: { a: "image"; b: "image"; c: "buffer"; bias?: "buffer" };
    params: {
      M: number;
      N: number;
      K: number;
      a_stride: number;
      b_stride: number;
      c_start: number;
      c_stride: number;
      bias_start: number;
      has_bias: number;
    };
  };
  /** C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]). */
  matmul_tiled: {
    constants: {
      VEC: number;
      BIAS: number;
      BK: number;
      WY: number;
      RM: number;
      WX: number;
      RN: number;
      A_T: number;
      B_T: number;
      SPLIT: number;
      ACCUMULATE: number;
    };
    bindings: { a: "buffer"; b: "buffer"; c: "buffer"; bias?: "buffer" };
    params: {
      M: number;
      N: number;
      K: number;
      k_span: number;
      a_start: number;
      a_stride: number;
      b_start: number;
      b_stride: number;
      c_start: number;
      c_stride: number;
      bias_start: number;
    };
  };
  /** What matrix units do when nothing else is to be done. */
  matrix_multiply_add: {
    constants: {
      KK: number;
      MM: number;
      NN: number;
      SUBGROUPS: number;
      SG: number;
      LOOPS: number;
    };
    bindings: { y: "buffer" };
    params: Record<never, never>;
  };
  /** dmodulation[s, column + c] += sum over k < blocks of partials[s * blocks + k, start + c] for every c < width. */
  modulation_backward: {
    constants: { VEC: number; WG: number };
    bindings: { partials: "buffer"; dmodulation: "buffer" };
    params: {
      samples: number;
      blocks: number;
      width: number;
      start: number;
      partials_stride: number;
      column: number;
      modulation_stride: number;
    };
  };
  /** y = sum_c x_c, where x_c = (c + 1) y at first and then 8 LOOPS times x_c = factor x_c + term. */
  multiply_add: {
    constants: { WG: number; CHAINS: number; LOOPS: number };
    bindings: { y: "buffer" };
    params: { count: number; factor: number; term: number };
  };
  /** The momentum of Muon on a flat buffer, with the global-norm clip of the gradient, and the update that looks one step ahead (Nesterov). */
  muon_momentum: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { grad: "buffer"; m: "buffer"; u: "buffer"; norm: "buffer" };
    params: { count: number; clip: number; beta: number };
  };
  /** A step of Muon on a flat buffer. */
  muon_step: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { p: "buffer"; u: "buffer"; norm: "buffer" };
    params: { count: number; keep: number; step_size: number };
  };
  /** y[r, tokens[row_start + r]] = 1. */
  one_hot: {
    constants: { WG: number; STEPS: number };
    bindings: { tokens: "buffer"; y: "buffer" };
    params: { count: number; columns: number; row_start: number };
  };
  /** image[r, c] = x[r, c] for r < rows and c < columns, else 0. */
  pad_rows: {
    constants: { WG: number; STEPS: number };
    bindings: { x: "buffer"; image: "image" };
    params: {
      count: number;
      rows: number;
      columns: number;
      columns4: number;
      x_start: number;
      x_stride: number;
    };
  };
  /** y[i] = offset + factor * r[start + i], i < count. */
  random_fill: {
    constants: { WG: number; STEPS: number; NORMAL: number };
    bindings: { y: "buffer" };
    params: {
      start: number;
      count: number;
      key_low: number;
      key_high: number;
      counter_1: number;
      counter_2: number;
      counter_3: number;
      offset: number;
      factor: number;
    };
  };
  /** Rotary position embedding of q and k, in place, half-split. */
  rotary: {
    constants: { WG: number; STEPS: number; WIDTH: number };
    bindings: { qkv: "buffer"; table: "buffer" };
    params: {
      count: number;
      length: number;
      heads: number;
      half: number;
      sines: number;
      direction: number;
    };
  };
  /** y (+)= factor · x, elementwise. */
  scale: {
    constants: { WG: number; STEPS: number; VEC: number; ACCUMULATE: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: { count: number; factor: number };
  };
  /** loss[m] = -sum_v q[m, v] log softmax(z)[m, v], where z is the logits, or cap tanh(logits / cap) if CAP, and the target is what other networks predict, whose logits are capped by TARGET_CAP. */
  soft_cross_entropy: {
    constants: {
      LANES: number;
      WG: number;
      CAP: number;
      NUM: number;
      GRAD: number;
      TARGET_CAP: number;
    };
    bindings: {
      logits: "buffer";
      dloss?: "buffer";
      first: "buffer";
      second?: "buffer";
      shares?: "buffer";
      loss: "buffer";
    };
    params: {
      rows: number;
      vocab: number;
      row_start: number;
      first_row?: number;
      length?: number;
      cap: number;
      target_cap: number;
    };
  };
  /** x[m, :] = softmax(z[m, :]), or log_softmax if LOG, in place, where z is x, capped to cap tanh(x / cap) if CAP and then times factor if SCALED. */
  softmax_rows: {
    constants: { LANES: number; WG: number; CAP: number; SCALED: number; LOG: number };
    bindings: { x: "buffer" };
    params: { rows: number; columns: number; factor: number; cap: number };
  };
  /** The gradient of the logits, of which the error is e = constant + bias_scale * bias (constant has the logits without their bias in it, by their scale). */
  squared_error_backward: {
    constants: { WG: number; STEPS: number };
    bindings: {
      constant: "buffer";
      bias: "buffer";
      scales: "buffer";
      bias_scales: "buffer";
      dloss: "buffer";
    };
    params: { count: number; vocab: number; row_start: number; length: number };
  };
  /** loss[m] = sum_v e[m, v]^2 with the error e = constant + scale * prediction. */
  squared_error_forward: {
    constants: { LANES: number; WG: number; SOFTMAX: number; CAP?: number };
    bindings: {
      constant: "buffer";
      scales: "buffer";
      loss: "buffer";
      logits?: "buffer";
      lse?: "buffer";
      bias?: "buffer";
    };
    params: { rows: number; vocab: number; row_start: number; length: number; cap: number };
  };
  /** The gradient of logits whose softmax p is the prediction in the error e = constant + scale * p. */
  squared_error_softmax_backward: {
    constants: { LANES: number; WG: number; CAP: number };
    bindings: {
      logits: "buffer";
      constant: "buffer";
      scales: "buffer";
      dloss: "buffer";
      lse: "buffer";
    };
    params: { rows: number; vocab: number; row_start: number; length: number; cap: number };
  };
  /** y[0] = scale sum of partials[i], i < count, or its root if ROOT. */
  sum_finish: {
    constants: { LANES: number; ROOT: number };
    bindings: { partials: "buffer"; y: "buffer" };
    params: { count: number; scale: number };
  };
  /** partials[start + g] = sum of x[i], of mask[i] x[i] if MASK, or of x[i]^2 if SQUARE, over the g-th slab of `slab` elements. */
  sum_partials: {
    constants: { LANES: number; MASK: number; SQUARE: number };
    bindings: { x: "buffer"; partials: "buffer"; mask?: "buffer" };
    params: { count: number; slab: number; start: number };
  };
  /** y[slab, n] (+)= sum over the slab's rows of x[m, n]. */
  sum_rows: {
    constants: { WG: number; ACCUMULATE: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: {
      rows: number;
      columns: number;
      slab_rows: number;
      x_start: number;
      x_stride: number;
      y_start: number;
    };
  };
  /** y[b, i] = cos(times[b] f_i) and y[b, half + i] = sin(times[b] f_i) for i < half, with f_i = exp(-ln(10000) i / half). */
  timestep_embedding: {
    constants: { WG: number; STEPS: number };
    bindings: { times: "buffer"; y: "buffer" };
    params: { count: number; half: number };
  };
  /** Keeps the most likely entries of every row of probabilities p that sum to at least top_p, divides them by their sum, and makes the others 0. */
  top_p_rows: {
    constants: { LANES: number; WG: number };
    bindings: { p: "buffer" };
    params: { rows: number; columns: number; top_p: number };
  };
  /** y[i] = y[i] / scale[0]. */
  unscale: {
    constants: { WG: number; STEPS: number; VEC: number };
    bindings: { scale: "buffer"; y: "buffer" };
    params: { count: number };
  };
  /** y[m] = 0xffffffff where x[m, :] holds a NaN or an infinity. */
  void_rows: {
    constants: { WG: number };
    bindings: { x: "buffer"; y: "buffer" };
    params: { rows: number; columns: number };
  };
  /** dx[i] (+)= scale dy[0], or scale dy[0] mask[i] if MASK. */
  weighted_mean_backward: {
    constants: { WG: number; STEPS: number; MASK: number; ACCUMULATE: number };
    bindings: { dy: "buffer"; dx: "buffer"; mask?: "buffer" };
    params: { count: number; scale: number };
  };
}

/** Kernels: kernels/NAME.wgsl. */
export const kernels: Readonly<Record<keyof Kernels, string>> = {
  activation_backward: `// dx (+)= dy activation_slope(x), elementwise; count counts Vecs.
// Constants: FORM (see include/activation.wgsl), VEC, WG, STEPS, ACCUMULATE.
// Launched by activation() in lib/ops/activation.ts.
//# include elementwise
//# include activation
//# include vectors

struct Params {
  count: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored dy VEC
@group(0) @binding(1) var<storage, read> dy: array<dy_t>;
//# stored dx VEC
@group(0) @binding(2) var<storage, read_write> dx: array<dx_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var d = Vec(dy[i]) * activation_slope(Vec(x[i]));
//# if ACCUMULATE
  d += Vec(dx[i]);
//# end
  dx[i] = dx_t(d);
}
`,
  activation_forward: `// y = activation(x), elementwise; count counts Vecs.
// Constants: FORM (see include/activation.wgsl), VEC, WG, STEPS.
// Launched by activation() in lib/ops/activation.ts.
//# include elementwise
//# include activation
//# include vectors

struct Params {
  count: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y VEC
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(activation(Vec(x[i]))); }
`,
  adamw: `// One AdamW step on a flat buffer, with the global-norm clip of the gradient:
//   g = grad min(1, clip / (norm + 1e-6))
//   m = m + (1 - beta1) (g - m),  v = beta2 v + (1 - beta2) g^2
//   p = p keep - step_size m / (root_scale sqrt(v) + eps)
// with keep = 1 - lr weight_decay, step_size = lr / (1 - beta1^n), and
// root_scale = 1 / sqrt(1 - beta2^n) at step n.
// If the norm is not finite nothing changes, and skipped[0] is raised if COUNT.
//
//   p, grad, m, v   [count] Vecs
// Constants: VEC, WG, STEPS, COUNT (1 for one of the buffers of a step).
// Launched by AdamW.step() in lib/train/adamw.ts.
//# include elementwise
//# include finite
//# include vectors

struct Params {
  count: u32,
  clip: f32,
  one_minus_beta1: f32,
  beta2: f32,
  one_minus_beta2: f32,
  keep: f32,
  step_size: f32,
  root_scale: f32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read_write> p: array<Vec>;
@group(0) @binding(1) var<storage, read> grad: array<Vec>;
@group(0) @binding(2) var<storage, read_write> m: array<Vec>;
@group(0) @binding(3) var<storage, read_write> v: array<Vec>;
@group(0) @binding(4) var<storage, read> norm: array<f32>;
//# if COUNT
@group(0) @binding(5) var<storage, read_write> skipped: array<u32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (!is_finite(norm[0])) {
//# if COUNT
    if (i == 0u) { skipped[0] += 1u; }
//# end
    return;
  }
  let g = grad[i] * min(1.0, params.clip / (norm[0] + 1e-6));
  let mean = m[i] + params.one_minus_beta1 * (g - m[i]);
  let square = params.beta2 * v[i] + params.one_minus_beta2 * g * g;
  m[i] = mean;
  v[i] = square;
  p[i] = params.keep * p[i] - params.step_size * mean / (params.root_scale * sqrt(square) + params.eps);
}
`,
  add: `// y = a + b, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by add() in lib/ops/add.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

//# stored a VEC
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b VEC
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored y VEC
@group(0) @binding(2) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(Vec(a[i]) + Vec(b[i])); }
`,
  add_into: `// y += x, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by addInto() in lib/ops/tape.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

//# stored y VEC
@group(0) @binding(0) var<storage, read_write> y: array<y_t>;
//# stored x VEC
@group(0) @binding(1) var<storage, read> x: array<x_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(Vec(y[i]) + Vec(x[i])); }
`,
  add_scaled_rows: `// y[y_start + i] (+)= scales[(row_start + i / columns) / length] * x[i]: every row of x by the
// factor of its sample.
//
//   x        [rows, columns], a chunk that begins with row row_start of the samples' rows
//   scales   [samples]
//   y        [.., columns]
// count, columns and y_start count Vecs.
// Constants: VEC, WG, STEPS, ACCUMULATE.
// Launched by addScaledRows() in lib/ops/row_terms.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  columns: u32,
  row_start: u32,
  length: u32,
  y_start: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
//# stored y VEC
@group(0) @binding(2) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let scale = scales[(params.row_start + i / params.columns) / params.length];
//# if ACCUMULATE
  y[params.y_start + i] = y_t(Vec(y[params.y_start + i]) + scale * Vec(x[i]));
//# else
  y[params.y_start + i] = y_t(scale * Vec(x[i]));
//# end
}
`,
  argmax_rows: `// y[m] = the lowest v at which x[m, v] is largest, or 0xffffffff if the row holds a NaN or an
// infinity. One workgroup a row.
//
//   x   [rows, columns]
//   y   one for every row of the whole; the chunk's begin at row_start
// Constants: WG (a power of two).
// Launched by argmaxRows() in lib/ops/argmax.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
  row_start: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> lane_best: array<f32, \${WG}>;
var<workgroup> lane_index: array<u32, \${WG}>;
var<workgroup> lane_exponent: array<u32, \${WG}>;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = folded_index(group, groups);
  if (row >= params.rows) { return; }
  let first = row * params.columns;
  // Lanes beyond the row, and those at its end, read the last element: a tie that the
  // lower index wins.
  let last = params.columns - 1u;
  var index = min(local, last);
  var best = f32(x[first + index]);
  // Comparisons do not tell NaN on every driver; the exponent's bits do.
  var exponent = 0u;
  for (var base = 0u; base < params.columns; base += \${WG * 4}u) {
//# repeat u 0 4
    let i\${u} = min(base + \${WG * u}u + local, last);
    let z\${u} = f32(x[first + i\${u}]);
    index = select(index, i\${u}, z\${u} > best);
    best = max(best, z\${u});
    exponent = max(exponent, bitcast<u32>(z\${u}) & 0x7f800000u);
//# end
  }
  lane_best[local] = best;
  lane_index[local] = index;
  lane_exponent[local] = exponent;
  workgroupBarrier();
  for (var half = \${WG / 2}u; half > 0u; half /= 2u) {
    if (local < half) {
      let other = lane_best[local + half];
      let other_index = lane_index[local + half];
      if (other > lane_best[local]
        || (other == lane_best[local] && other_index < lane_index[local])) {
        lane_best[local] = other;
        lane_index[local] = other_index;
      }
      lane_exponent[local] = max(lane_exponent[local], lane_exponent[local + half]);
    }
    workgroupBarrier();
  }
  if (local == 0u) {
    y[params.row_start + row] = select(lane_index[0], 0xffffffffu, lane_exponent[0] == 0x7f800000u);
  }
}
`,
  attention_backward_kv: `// dk[key] (+)= sum_query ds q[query] / sqrt(d),  dv[key] (+)= sum_query p do[query], with p and
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

var<workgroup> q_tile: array<vec4f, \${TILE * D4}>;
var<workgroup> do_tile: array<vec4f, \${TILE * D4}>;
var<workgroup> stats_tile: array<vec2f, \${TILE}>;
//# end

@compute @workgroup_size(\${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = part_of(folded_index(group, groups), \${LANES * ROWS}u);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let hidden = params.heads * \${D4}u;
  let stride = 3u * hidden;
  let last = params.length - 1u;
//# repeat i 0 ROWS
  // Keys beyond the last read the last one, and are not stored.
  let key\${i} = part.first_position + \${i * LANES}u + lane;
  let from\${i} = (part.first_row + min(key\${i}, last)) * stride + part.column + hidden;
//# repeat c 0 D4
  let k\${i}_\${c} = params.score_scale * qkv_at(from\${i} + \${c}u);
//# if DK
  let v\${i}_\${c} = qkv_at(from\${i} + hidden + \${c}u);
  var dk\${i}_\${c} = vec4f();
//# end
//# if DV
  var dv\${i}_\${c} = vec4f();
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
  for (var start = first_query; start < params.length; start += \${TILE}u) {
    workgroupBarrier();
    for (var e = lane; e < \${TILE * D4}u; e += \${LANES}u) {
      let row = min(start + e / \${D4}u, last);
      q_tile[e] = qkv_at(queries + row * stride + e % \${D4}u);
      do_tile[e] = d_o_at(out_queries + row * hidden + e % \${D4}u);
    }
    for (var e = lane; e < \${TILE}u; e += \${LANES}u) {
      stats_tile[e] = stats[first_stats + min(start + e, last)];
    }
    workgroupBarrier();
    let end = min(\${TILE}u, params.length - start);
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
    var s\${i} = 0.0;
//# if DK
    var dp\${i} = 0.0;
//# end
//# end
//# repeat c 0 D4
//# if TILE
    let do_\${c} = do_tile[query * \${D4}u + \${c}u];
//# else
    let do_\${c} = d_o_at(do_from + \${c}u);
//# end
//# if DK
//# repeat i 0 ROWS
    dp\${i} = add_dot(v\${i}_\${c}, do_\${c}, dp\${i});
//# end
//# end
//# end
//# repeat c 0 D4
//# if TILE
    let q_\${c} = q_tile[query * \${D4}u + \${c}u];
//# else
    let q_\${c} = qkv_at(q_from + \${c}u);
//# end
//# repeat i 0 ROWS
    s\${i} = add_dot(k\${i}_\${c}, q_\${c}, s\${i});
//# end
//# end
//# repeat i 0 ROWS
//# if CAP
    let t\${i} = cap_tanh(s\${i});
    let every_p\${i} = cap_exp(t\${i}) * stat.x;
//# else
    let every_p\${i} = shifted_exp(s\${i} - stat.x);
//# end
//# if CAUSAL && TILE
    let p\${i} = select(0.0, every_p\${i}, start + query >= key\${i});
//# end
//# if CAUSAL && !TILE
    let p\${i} = select(0.0, every_p\${i}, query >= first_stats + key\${i});
//# end
//# if !CAUSAL
    let p\${i} = every_p\${i};
//# end
//# if DK && CAP
    let ds\${i} = p\${i} * (dp\${i} - stat.y) * fma(-t\${i}, t\${i}, 1.0);
//# end
//# if DK && !CAP
    let ds\${i} = p\${i} * (dp\${i} - stat.y);
//# end
//# end
//# repeat c 0 D4
//# repeat i 0 ROWS
//# if DV
    dv\${i}_\${c} = fma(vec4f(p\${i}), do_\${c}, dv\${i}_\${c});
//# end
//# if DK
    dk\${i}_\${c} = fma(vec4f(ds\${i}), q_\${c}, dk\${i}_\${c});
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
  if (key\${i} < params.length) {
//# repeat c 0 D4
//# if DK
//# if ACCUMULATE
    d_qkv[from\${i} + \${c}u] = d_qkv_t(vec4f(d_qkv[from\${i} + \${c}u]) + params.grad_scale * dk\${i}_\${c});
//# else
    d_qkv[from\${i} + \${c}u] = d_qkv_t(params.grad_scale * dk\${i}_\${c});
//# end
//# end
//# if DV
//# if ACCUMULATE
    d_qkv[from\${i} + hidden + \${c}u] = d_qkv_t(vec4f(d_qkv[from\${i} + hidden + \${c}u]) + dv\${i}_\${c});
//# else
    d_qkv[from\${i} + hidden + \${c}u] = d_qkv_t(dv\${i}_\${c});
//# end
//# end
//# end
  }
//# end
}
`,
  attention_backward_q: `// dq[query] (+)= sum_key ds k[key] / sqrt(d), with s = q·k / sqrt(d), delta = do·o and, if CAP,
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

@compute @workgroup_size(\${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = part_of(folded_index(group, groups), \${LANES * ROWS}u);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let hidden = params.heads * \${D4}u;
  let stride = 3u * hidden;
  let last = params.length - 1u;
//# repeat i 0 ROWS
  // Queries beyond the last read the last one, and are not stored.
  let query\${i} = part.first_position + \${i * LANES}u + lane;
  let position\${i} = min(query\${i}, last);
  let from\${i} = (part.first_row + position\${i}) * stride + part.column;
  let out_from\${i} = (part.first_row + position\${i}) * hidden + part.column;
  let stat\${i} = stats[part.sequence_head * params.length + position\${i}].x;
  var delta\${i} = 0.0;
//# repeat c 0 D4
  let q\${i}_\${c} = params.score_scale * qkv_at(from\${i} + \${c}u);
  let do\${i}_\${c} = d_o_at(out_from\${i} + \${c}u);
  var dq\${i}_\${c} = vec4f();
//# end
//# end
  // A loop, and not over a constant range, so that it stays one: the code is short where it
  // runs once.
  for (var c = part.column; c < part.column + \${D4}u; c++) {
//# repeat i 0 ROWS
    let at\${i} = (part.first_row + position\${i}) * hidden + c;
    delta\${i} += dot(d_o_at(at\${i}), o_at(at\${i}));
//# end
  }
  let keys = part.first_row * stride + hidden + part.column;
  let num_keys = seen_keys(part.first_position);
//# if TILE
  for (var start = 0u; start < num_keys; start += \${TILE}u) {
    load_keys(keys, start, hidden, lane);
    let end = min(\${TILE}u, num_keys - start) * \${D4}u;
    for (var key = 0u; key < end; key += \${D4}u) {
//# else
  // For the bounds see attention_forward.
  let end = keys + num_keys * stride;
  for (var key = keys; key < end; key += stride) {
//# end
//# repeat i 0 ROWS
    var s\${i} = 0.0;
    var dp\${i} = 0.0;
//# end
//# repeat c 0 D4
    let v_\${c} = v_at(key, \${c}u, hidden);
//# repeat i 0 ROWS
    dp\${i} = add_dot(do\${i}_\${c}, v_\${c}, dp\${i});
//# end
//# end
//# repeat c 0 D4
    let k_\${c} = k_at(key, \${c}u);
//# repeat i 0 ROWS
    s\${i} = add_dot(q\${i}_\${c}, k_\${c}, s\${i});
//# end
//# end
//# repeat i 0 ROWS
//# if CAP
    let t\${i} = cap_tanh(s\${i});
    let every_ds\${i} = cap_exp(t\${i}) * stat\${i} * (dp\${i} - delta\${i}) * fma(-t\${i}, t\${i}, 1.0);
//# else
    let every_ds\${i} = shifted_exp(s\${i} - stat\${i}) * (dp\${i} - delta\${i});
//# end
//# if CAUSAL && TILE
    let ds\${i} = select(0.0, every_ds\${i}, start * \${D4}u + key <= query\${i} * \${D4}u);
//# end
//# if CAUSAL && !TILE
    let ds\${i} = select(0.0, every_ds\${i}, key <= keys + query\${i} * stride);
//# end
//# if !CAUSAL
    let ds\${i} = every_ds\${i};
//# end
//# end
//# repeat c 0 D4
//# repeat i 0 ROWS
    dq\${i}_\${c} = fma(vec4f(ds\${i}), k_\${c}, dq\${i}_\${c});
//# end
//# end
  }
//# if TILE
  }
//# end

//# repeat i 0 ROWS
  if (query\${i} < params.length) {
    stats[part.sequence_head * params.length + query\${i}].y = delta\${i};
//# repeat c 0 D4
//# if ACCUMULATE
    d_qkv[from\${i} + \${c}u] = d_qkv_t(vec4f(d_qkv[from\${i} + \${c}u]) + params.grad_scale * dq\${i}_\${c});
//# else
    d_qkv[from\${i} + \${c}u] = d_qkv_t(params.grad_scale * dq\${i}_\${c});
//# end
//# end
  }
//# end
}
`,
  attention_forward: `// o[query] = sum_key p v[key] / sum_key p,  p = exp(CAP tanh(s / CAP)) or, if CAP is 0, exp(s),
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

@compute @workgroup_size(\${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let part = part_of(folded_index(group, groups), \${LANES * ROWS}u);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let hidden = params.heads * \${D4}u;
  let stride = 3u * hidden;
  let last = params.length - 1u;
//# repeat i 0 ROWS
  // Queries beyond the last read the last one, and are not stored.
  let query\${i} = part.first_position + \${i * LANES}u + lane;
  let from\${i} = (part.first_row + min(query\${i}, last)) * stride + part.column;
  var sum\${i} = 0.0;
//# if !CAP
  var top\${i} = LOWEST;
//# end
//# repeat c 0 D4
  let q\${i}_\${c} = params.score_scale * qkv_at(from\${i} + \${c}u);
  var o\${i}_\${c} = vec4f();
//# end
//# end
  let keys = part.first_row * stride + hidden + part.column;
  let num_keys = seen_keys(part.first_position);
//# if TILE
  for (var start = 0u; start < num_keys; start += \${TILE}u) {
    load_keys(keys, start, hidden, lane);
    let end = min(\${TILE}u, num_keys - start) * \${D4}u;
    for (var key = 0u; key < end; key += \${D4}u) {
//# else
  // The bounds of the loop depend on the workgroup on purpose: Mesa's lavapipe compiles a
  // shader anew for every dispatch where a loop's bound is a uniform alone.
  let end = keys + num_keys * stride;
  for (var key = keys; key < end; key += stride) {
//# end
//# repeat i 0 ROWS
    var s\${i} = 0.0;
//# end
//# repeat c 0 D4
    let k_\${c} = k_at(key, \${c}u);
//# repeat i 0 ROWS
    s\${i} = add_dot(q\${i}_\${c}, k_\${c}, s\${i});
//# end
//# end
//# repeat i 0 ROWS
//# if CAUSAL && TILE
    let seen\${i} = start * \${D4}u + key <= query\${i} * \${D4}u;
//# end
//# if CAUSAL && !TILE
    let seen\${i} = key <= keys + query\${i} * stride;
//# end
//# if CAP
//# if CAUSAL
    let p\${i} = select(0.0, cap_exp(cap_tanh(s\${i})), seen\${i});
//# else
    let p\${i} = cap_exp(cap_tanh(s\${i}));
//# end
    sum\${i} += p\${i};
//# else
//# if CAUSAL
    s\${i} = select(LOWEST, s\${i}, seen\${i});
//# end
    let higher\${i} = max(top\${i}, s\${i});
    let keep\${i} = shifted_exp(top\${i} - higher\${i});
    let p\${i} = shifted_exp(s\${i} - higher\${i});
    top\${i} = higher\${i};
    sum\${i} = fma(sum\${i}, keep\${i}, p\${i});
//# end
//# end
//# repeat c 0 D4
    let v_\${c} = v_at(key, \${c}u, hidden);
//# repeat i 0 ROWS
//# if CAP
    o\${i}_\${c} = fma(vec4f(p\${i}), v_\${c}, o\${i}_\${c});
//# else
    o\${i}_\${c} = fma(vec4f(p\${i}), v_\${c}, keep\${i} * o\${i}_\${c});
//# end
//# end
//# end
  }
//# if TILE
  }
//# end

//# repeat i 0 ROWS
  if (query\${i} < params.length) {
    let inverse_sum\${i} = 1.0 / sum\${i};
    let to\${i} = (part.first_row + query\${i}) * hidden + part.column;
//# repeat c 0 D4
    o[to\${i} + \${c}u] = o_t(inverse_sum\${i} * o\${i}_\${c});
//# end
//# if CAP
    stats[part.sequence_head * params.length + query\${i}].x = inverse_sum\${i};
//# else
    stats[part.sequence_head * params.length + query\${i}].x = top\${i} + log(sum\${i});
//# end
  }
//# end
}
`,
  attention_matrix_backward_kv: `// attention_backward_kv on matrix units, of f16 numbers: the same dk and dv.
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
var<workgroup> stats_tile: array<vec2f, \${BN}>;

@compute @workgroup_size(\${SG * W})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = part_of(folded_index(group, groups), OWNED);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let own = local / \${SG}u * \${FM * MM}u;
  let row = local / SHARERS;
  let share = local % SHARERS;
  let key = part.first_position + row;
  // What is owned: fragments a of K, b of V.
//# repeat c 0 C
  own_qkv(part, 1u, \${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let a\${i}_\${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
  own_qkv(part, 2u, \${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let b\${i}_\${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
//# repeat i 0 FM
//# repeat j 0 C * BN / NN
  var dk\${i}_\${j} = Result();
  var dv\${i}_\${j} = Result();
//# end
//# end
//# if CAUSAL
  // Queries before the workgroup's first key are left out.
  let first_query = part.first_position;
//# else
  let first_query = 0u;
//# end

  for (var start = first_query; start < params.length; start += \${BN}u) {
    workgroupBarrier();
    for (var e = local; e < \${BN * C * BN / 4}u; e += INVOCATIONS) {
      let position = e / (\${C}u * VECTORS);
      let c = e % (\${C}u * VECTORS);
      let q = qkv_at(part, 0u, start + position, c);
      put_streamed(position, c, q, d_o_at(part, start + position, c));
    }
    for (var e = local; e < \${BN}u; e += INVOCATIONS) {
      let query = min(start + e, params.length - 1u);
      stats_tile[e] = stats[part.sequence_head * params.length + query];
    }
    workgroupBarrier();
//# include attention_matrix_products
//# repeat x 0 BN * FM * MM / SG
    let column\${x} = \${x}u * SHARERS + share;
    let stat\${x} = stats_tile[column\${x}];
    let score\${x} = params.score_scale * scores[row * SCORES_STRIDE + column\${x}];
//# if CAUSAL
    let seen\${x} = start + column\${x} < params.length && start + column\${x} >= key;
//# else
    let seen\${x} = start + column\${x} < params.length;
//# end
//# if CAP
    let t\${x} = cap_tanh(score\${x});
    let p\${x} = select(0.0, cap_exp(t\${x}) * stat\${x}.x, seen\${x});
    let slope\${x} = p\${x} * fma(-t\${x}, t\${x}, 1.0);
//# else
    let p\${x} = select(0.0, shifted_exp(score\${x} - stat\${x}.x), seen\${x});
    let slope\${x} = p\${x};
//# end
    weights[row * WEIGHTS_STRIDE + column\${x}] = f16(p\${x});
//# end
    workgroupBarrier();
//# repeat k 0 BN / KK
    {
//# repeat i 0 FM
      let p\${i} = subgroupMatrixLoad<Left, row_major>(
        &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# repeat j 0 C * BN / NN
      {
        let d_o = subgroupMatrixLoad<Right, row_major>(
          &tile_b, \${k * KK}u * TILE_STRIDE + \${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        dv\${i}_\${j} = subgroupMatrixMultiplyAccumulate(p\${i}, d_o, dv\${i}_\${j});
//# end
      }
//# end
    }
//# end
//# repeat i 0 FM
//# repeat j 0 BN / NN
    subgroupMatrixStore<row_major>(
      &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, dp\${i}_\${j}, SCORES_STRIDE);
//# end
//# end
    workgroupBarrier();
//# repeat x 0 BN * FM * MM / SG
    weights[row * WEIGHTS_STRIDE + column\${x}] =
      f16(slope\${x} * (scores[row * SCORES_STRIDE + column\${x}] - stat\${x}.y));
//# end
    workgroupBarrier();
//# repeat k 0 BN / KK
    {
//# repeat i 0 FM
      let ds\${i} = subgroupMatrixLoad<Left, row_major>(
        &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# repeat j 0 C * BN / NN
      {
        let q = subgroupMatrixLoad<Right, row_major>(
          &tile_a, \${k * KK}u * TILE_STRIDE + \${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        dk\${i}_\${j} = subgroupMatrixMultiplyAccumulate(ds\${i}, q, dk\${i}_\${j});
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
    &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, dk\${i}_\${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  store_grad(part, 1u, \${c}u, params.grad_scale, local);
  workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
  subgroupMatrixStore<row_major>(
    &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, dv\${i}_\${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  store_grad(part, 2u, \${c}u, 1.0, local);
//# end
}
`,
  attention_matrix_backward_q: `// attention_backward_q on matrix units, of f16 numbers: the same dq and delta.
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

@compute @workgroup_size(\${SG * W})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = part_of(folded_index(group, groups), OWNED);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let own = local / \${SG}u * \${FM * MM}u;
  let row = local / SHARERS;
  let share = local % SHARERS;
  // Queries beyond the last read the last one's numbers, and are not stored.
  let query = part.first_position + row;
  let position = min(query, params.length - 1u);
  let at = part.sequence_head * params.length + position;
  let stat = stats[at].x;
  var delta_share = 0.0;
  let out_row = (part.first_row + position) * params.heads * \${D4}u + part.column;
  for (var c = share; c < \${D4}u; c += SHARERS) {
    delta_share += dot(vec4f(d_o[out_row + c]), vec4f(o[out_row + c]));
  }
  shares[local] = delta_share;
  // What is owned: fragments a of Q, b of dO.
//# repeat c 0 C
  own_qkv(part, 0u, \${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let a\${i}_\${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
//# repeat c 0 C
  workgroupBarrier();
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let owned = part.first_position + e / VECTORS;
    put_owned(e / VECTORS, e % VECTORS, d_o_at(part, owned, \${c}u * VECTORS + e % VECTORS));
  }
  workgroupBarrier();
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let b\${i}_\${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
  let delta = shared_sum(row);
//# repeat i 0 FM
//# repeat j 0 C * BN / NN
  var dq\${i}_\${j} = Result();
//# end
//# end
//# if CAUSAL
  let row_keys = min(params.length, query + 1u);
  let num_keys = min(params.length, part.first_position + OWNED);
//# else
  let row_keys = params.length;
  let num_keys = params.length;
//# end

  for (var start = 0u; start < num_keys; start += \${BN}u) {
    stream_keys(part, start, local);
//# include attention_matrix_products
    let seen = max(row_keys, start) - start;
//# repeat x 0 BN * FM * MM / SG
    let column\${x} = \${x}u * SHARERS + share;
    let score\${x} = params.score_scale * scores[row * SCORES_STRIDE + column\${x}];
//# if CAP
    let t\${x} = cap_tanh(score\${x});
    let every_slope\${x} = cap_exp(t\${x}) * stat * fma(-t\${x}, t\${x}, 1.0);
//# else
    let every_slope\${x} = shifted_exp(score\${x} - stat);
//# end
    let slope\${x} = select(0.0, every_slope\${x}, column\${x} < seen);
//# end
    workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
    subgroupMatrixStore<row_major>(
      &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, dp\${i}_\${j}, SCORES_STRIDE);
//# end
//# end
    workgroupBarrier();
//# repeat x 0 BN * FM * MM / SG
    weights[row * WEIGHTS_STRIDE + column\${x}] =
      f16(slope\${x} * (scores[row * SCORES_STRIDE + column\${x}] - delta));
//# end
    workgroupBarrier();
//# repeat k 0 BN / KK
    {
//# repeat i 0 FM
      let ds\${i} = subgroupMatrixLoad<Left, row_major>(
        &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# repeat j 0 C * BN / NN
      {
        let k = subgroupMatrixLoad<Right, row_major>(
          &tile_a, \${k * KK}u * TILE_STRIDE + \${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        dq\${i}_\${j} = subgroupMatrixMultiplyAccumulate(ds\${i}, k, dq\${i}_\${j});
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
    &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, dq\${i}_\${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  store_grad(part, 0u, \${c}u, params.grad_scale, local);
//# end
}
`,
  attention_matrix_forward: `// attention_forward on matrix units, of f16 numbers: o and stats as there.
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
  return \${CAP}.0 * cap_tanh(params.score_scale * product);
//# else
  return params.score_scale * product;
//# end
}

@compute @workgroup_size(\${SG * W})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let part = part_of(folded_index(group, groups), OWNED);
  if (part.sequence_head >= params.sequence_heads) { return; }
  let own = local / \${SG}u * \${FM * MM}u;
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
  own_qkv(part, 0u, \${c}u, local);
//# repeat i 0 FM
//# repeat k 0 BN / KK
  let q\${i}_\${c * BN / KK + k} = subgroupMatrixLoad<Left, row_major>(
    &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# end
//# end
//# repeat i 0 FM
//# repeat j 0 C * BN / NN
  var o\${i}_\${j} = Result();
//# end
//# end
  var top = LOWEST;
  var sum = 0.0;

  for (var start = 0u; start < num_keys; start += \${BN}u) {
    stream_keys(part, start, local);
//# repeat i 0 FM
//# repeat j 0 BN / NN
    var s\${i}_\${j} = Result();
//# end
//# end
//# repeat k 0 C * BN / KK
//# repeat j 0 BN / NN
    {
      let right = subgroupMatrixLoad<Right, col_major>(
        &tile_a, \${j * NN}u * TILE_STRIDE + \${k * KK}u, TILE_STRIDE);
//# repeat i 0 FM
      s\${i}_\${j} = subgroupMatrixMultiplyAccumulate(q\${i}_\${k}, right, s\${i}_\${j});
//# end
    }
//# end
//# end
//# repeat i 0 FM
//# repeat j 0 BN / NN
    subgroupMatrixStore<row_major>(
      &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, s\${i}_\${j}, SCORES_STRIDE);
//# end
//# end
    workgroupBarrier();

    // The first tile has a key for every query, the last ones may have none.
    let seen = max(row_keys, start) - start;
    var largest = LOWEST;
//# repeat x 0 BN
    largest = max(largest, select(LOWEST, scores[row * SCORES_STRIDE + \${x}u], \${x}u < seen));
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
      let column = \${x}u * SHARERS + share;
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
        &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, o\${i}_\${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
      workgroupBarrier();
      for (var column = share; column < \${BN}u; column += SHARERS) {
        scores[row * SCORES_STRIDE + column] *= keep;
      }
      workgroupBarrier();
//# repeat i 0 FM
//# repeat j 0 BN / NN
      o\${i}_\${c * BN / NN + j} = subgroupMatrixLoad<Result, row_major>(
        &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, SCORES_STRIDE);
//# end
//# end
//# end
    }
//# repeat k 0 BN / KK
    {
//# repeat i 0 FM
      let left\${i} = subgroupMatrixLoad<Left, row_major>(
        &weights, (own + \${i * MM}u) * WEIGHTS_STRIDE + \${k * KK}u, WEIGHTS_STRIDE);
//# end
//# repeat j 0 C * BN / NN
      {
        let right = subgroupMatrixLoad<Right, row_major>(
          &tile_b, \${k * KK}u * TILE_STRIDE + \${j * NN}u, TILE_STRIDE);
//# repeat i 0 FM
        o\${i}_\${j} = subgroupMatrixMultiplyAccumulate(left\${i}, right, o\${i}_\${j});
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
    &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, o\${i}_\${c * BN / NN + j}, SCORES_STRIDE);
//# end
//# end
  workgroupBarrier();
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let position = part.first_position + e / VECTORS;
    let c = \${c}u * VECTORS + e % VECTORS;
    if (position < params.length && c < \${D4}u) {
      let value = scores_at(e / VECTORS, e % VECTORS) / shared_sum(e / VECTORS);
      o[(part.first_row + position) * params.heads * \${D4}u + part.column + c] = o_t(value);
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
`,
  blend: `// y[start + i] = keep · y[start + i] + weight · x[i]; count and start count Vecs.
// Constants: VEC, WG, STEPS.
// Launched by blend() in lib/flow/latent.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  start: u32,
  keep: f32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let at = params.start + i;
  y[at] = params.keep * y[at] + params.weight * x[i];
}
`,
  cholesky_block: `// One step of a blocked Cholesky decomposition: of the next block A on the diagonal, the lower
// triangular L with L L^T = A + jitter diag(G), and -L^-1.
//
//   gram      G [H, H]; only its diagonal is read
//   work      -(what is left of G) [H, H], rows stride apart; its block begins at start
//   factor    [H, H]: takes L at start
//   inverses  [.., NB, NB]: takes -L^-1 at inverse_start; the identity beyond a block of size < NB
// A pivot is at least jitter times the diagonal of G, as it would be without rounding.
// A single workgroup, which does to the identity what it does to A: so it becomes L^-1.
// Constants: WG, NB.
// Launched by factorise() in lib/ops/gram_factor.ts.

struct Params {
  start: u32,
  stride: u32,
  size: u32,
  inverse_start: u32,
  jitter: f32,
}

@group(0) @binding(0) var<storage, read> gram: array<f32>;
@group(0) @binding(1) var<storage, read> work: array<f32>;
@group(0) @binding(2) var<storage, read_write> factor: array<f32>;
@group(0) @binding(3) var<storage, read_write> inverses: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Rows have a number more, so that a column lies in different banks.
var<workgroup> block: array<f32, \${NB * (NB + 1)}>;
var<workgroup> inverse: array<f32, \${NB * (NB + 1)}>;
var<workgroup> floors: array<f32, \${NB}>;

@compute @workgroup_size(\${WG})
fn main(@builtin(local_invocation_index) local: u32) {
  for (var e = local; e < \${NB * NB}u; e += \${WG}u) {
    let i = e / \${NB}u;
    let j = e % \${NB}u;
    let at = params.start + i * params.stride + j;
    let inside = max(i, j) < params.size;
    let one = select(0.0, 1.0, i == j);
    var value = one;
    if (inside) { value = -work[at]; }
    if (i == j) {
      var diagonal = 1.0;
      if (inside) { diagonal = gram[at]; }
      let extra = params.jitter * diagonal;
      value += extra;
      // A column of zeros has a pivot, too.
      floors[i] = max(extra, 1e-30);
    }
    block[i * \${NB + 1}u + j] = value;
    inverse[i * \${NB + 1}u + j] = one;
  }
  workgroupBarrier();
  for (var k = 0u; k < \${NB}u; k++) {
    let root = sqrt(max(block[k * \${NB + 2}u], floors[k]));
    workgroupBarrier();
    for (var e = local; e < \${2 * NB}u; e += \${WG}u) {
      if (e < \${NB}u) {
        if (e == k) { block[k * \${NB + 2}u] = root; }
        if (e > k) { block[e * \${NB + 1}u + k] /= root; }
      } else {
        inverse[k * \${NB + 1}u + e - \${NB}u] /= root;
      }
    }
    workgroupBarrier();
    for (var e = (k + 1u) * \${NB}u + local; e < \${NB * NB}u; e += \${WG}u) {
      let i = e / \${NB}u;
      let j = e % \${NB}u;
      let at = i * \${NB + 1}u + j;
      let l = block[i * \${NB + 1}u + k];
      if (j > k) {
        block[at] -= l * block[j * \${NB + 1}u + k];
      } else {
        inverse[at] -= l * inverse[k * \${NB + 1}u + j];
      }
    }
    workgroupBarrier();
  }
  for (var e = local; e < \${NB * NB}u; e += \${WG}u) {
    let i = e / \${NB}u;
    let j = e % \${NB}u;
    let at = i * \${NB + 1}u + j;
    if (max(i, j) < params.size) {
      factor[params.start + i * params.stride + j] = select(0.0, block[at], j <= i);
    }
    inverses[params.inverse_start + e] = select(0.0, -inverse[at], j <= i);
  }
}
`,
  copy: `// y = x, elementwise: as plain a use of memory as there is. count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by copyNumbers() in lib/ops/peaks.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y VEC
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(x[i]); }
`,
  copy_block: `// y[r, c] = x[row_start + r, column_start + c]: a block of a matrix, packed.
//
//   x   [.., x_columns]
//   y   [rows, columns]
// A workgroup takes BLOCK rows; its invocations share out the columns.
// Constants: WG, BLOCK.
// Launched by tensorRows() in lib/ops/row_sources.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
  row_start: u32,
  column_start: u32,
  x_columns: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * \${BLOCK}u;
  let end = min(first + \${BLOCK}u, params.rows);
  for (var r = first; r < end; r++) {
    let from_row = (params.row_start + r) * params.x_columns + params.column_start;
    for (var c = local; c < params.columns; c += \${WG}u) {
      y[r * params.columns + c] = y_t(f32(x[from_row + c]));
    }
  }
}
`,
  corrupt: `// A chunk of x_t = (1 - gamma) n + gamma onehot(token), or of n alone, n normal:
//   y[r, c] for the row row_start + r and the vocabulary entry column_start + c
//
//   y        [rows, columns], packed
//   tokens   [samples * length]
//   gammas   [samples]
//   samples  [samples], their indices in the global batch; first_sample and on without SAMPLES
// Row samples * length: position row % length of sample row / length. The noise of entry v is
// lane v & 3 of the draw with the counter (v >> 2, position, index of the sample, step).
// A workgroup takes ROWS * PER rows of y, COLS invocations a row, one draw each at a time.
// Constants: ROWS, COLS, PER, TOKENS (0: n alone), SAMPLES, ALIGNED (column_start and columns are
// multiples of 4, so that a draw is one store).
// Launched by source() in lib/ops/corruption.ts.
//# include common
//# include normals
//# include sample_index

struct Params {
  rows: u32,
  columns: u32,
  row_start: u32,
  column_start: u32,
  length: u32,
  key_low: u32,
  key_high: u32,
  first_sample: u32,
  step: u32,
}

//# stored y 3 * ALIGNED + 1
@group(0) @binding(0) var<storage, read_write> y: array<y_t>;
//# if TOKENS
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read> gammas: array<f32>;
//# end
//# if SAMPLES
@group(0) @binding(3) var<storage, read> samples: array<u32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let key = vec2u(params.key_low, params.key_high);
  let first = params.column_start >> 2u;
  let draws = ((params.column_start + params.columns + 3u) >> 2u) - first;
  var r = folded_index(group, groups) * \${ROWS * PER}u + local / \${COLS}u;
  for (var i = 0u; i < \${PER}u && r < params.rows; i++) {
    let row = params.row_start + r;
    let sample = row / params.length;
    let position = row - sample * params.length;
//# if TOKENS
    let gamma = gammas[sample];
    let token = tokens[row];
//# end
    let index = sample_index(sample);
    for (var c = local % \${COLS}u; c < draws; c += \${COLS}u) {
      let counter = vec4u(first + c, position, index, params.step);
      var value = normals(philox(counter, key));
//# if TOKENS
      let v = vec4u(4u * (first + c)) + vec4u(0u, 1u, 2u, 3u);
      value = (1.0 - gamma) * value + select(vec4f(), vec4f(gamma), v == vec4u(token));
//# end
//# if ALIGNED
      y[r * draws + c] = y_t(value);
//# else
//# repeat k 0 4
      // Wraps around below column_start, so that one comparison is enough.
      let c\${k} = 4u * (first + c) + \${k}u - params.column_start;
      if (c\${k} < params.columns) { y[r * params.columns + c\${k}] = y_t(value[\${k}]); }
//# end
//# end
    }
    r += \${ROWS}u;
  }
}
`,
  cross_entropy: `// loss[m] = log sum_v exp(z[m, v]) - z[m, target[m]], where z is the logits, or
// cap tanh(logits / cap) if CAP. If GRAD, logits[m, v] becomes
//   dlogits[m, v] = (softmax(z) - [v = target[m]]) z'(logits) dloss[m]
// as well, in place; z' is 1 or 1 - (z / cap)^2. A lane or a workgroup a row.
//
//   logits         [rows, vocab], the chunk
//   targets        class of every row of the whole; the chunk's begin at row_start
//   loss           likewise one for every row of the whole
//   dloss          likewise (GRAD)
// Constants: WG, LANES (WG or 1), CAP, GRAD.
// Launched by tokenLosses() in lib/ops/cross_entropy.ts.
//# include row_and_lane
//# include logit_at
//# include row_lse

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  cap: f32,
}

//# stored logits
//# if GRAD
@group(0) @binding(0) var<storage, read_write> logits: array<logits_t>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
//# else
@group(0) @binding(0) var<storage, read> logits: array<logits_t>;
//# end
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let first = row * params.vocab;
  let whole_row = params.row_start + row;
  let class_at = first + targets[whole_row];
  // Before row_lse, behind whose barriers lanes write.
  let hit = value_at(class_at);
  let pair = row_lse(first, params.vocab, lane);
  if (lane == 0u) { loss[whole_row] = pair.y + (pair.x - hit); }
//# if GRAD
  let factor = dloss[whole_row];
  let end = first + params.vocab;
  for (var base = first + lane; base < end; base += \${LANES * 4}u) {
//# repeat u 0 4
    if (base + \${LANES * u}u < end) {
      let at = base + \${LANES * u}u;
      let z = value_at(at);
      let p = exp((z - pair.x) - pair.y);
      logits[at] = logits_t((p - select(0.0, 1.0, at == class_at)) * slope_at(z) * factor);
    }
//# end
  }
//# end
}
`,
  divide_by_norm: `// y[i] = x[i] / (norm[0] + eps); count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by orthogonalise() in lib/ops/orthogonalise.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> norm: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = x[i] / (norm[0] + params.eps); }
`,
  ema: `// shadow += weight (p - shadow), elementwise, weight = 1 - decay; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by Ema.update() in lib/train/ema.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read_write> shadow: array<Vec>;
@group(0) @binding(1) var<storage, read> p: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { shadow[i] += params.weight * (p[i] - shadow[i]); }
`,
  embedding_backward: `// dE[v] += sum of dy[p] over the positions p with token v, in ascending order.
//
//   tokens          [count]
//   firsts, links   lists of positions as embedding_links makes them
//   dy              [count, hidden]
//   dembedding      [rows, hidden]: rows row_start on of the whole gradient
// hidden counts Vecs. A workgroup takes WG columns of a position, and does the work if it is
// the first with its token: so every row of dE has one writer.
// Constants: VEC, WG.
// Launched by addRowGrads() in lib/ops/embedding.ts.
//# include common
//# include vectors

struct Params {
  count: u32,
  hidden: u32,
  row_start: u32,
  rows: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> firsts: array<u32>;
@group(0) @binding(2) var<storage, read> links: array<u32>;
//# stored dy VEC
@group(0) @binding(3) var<storage, read> dy: array<dy_t>;
@group(0) @binding(4) var<storage, read_write> dembedding: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let H = params.hidden;
  let tiles = (H + \${WG - 1}u) / \${WG}u;
  let tile = folded_index(group, groups);
  let first = tile / tiles;
  let c = (tile % tiles) * \${WG}u + local;
  if (first >= params.count || c >= H) { return; }
  let token = tokens[first];
  let row = token - params.row_start;
  if (row >= params.rows || firsts[token] != first + 1u) { return; }
  var sum = Vec();
  for (var p = first + 1u; p > 0u; p = links[p - 1u]) { sum += Vec(dy[(p - 1u) * H + c]); }
  dembedding[row * H + c] += sum;
}
`,
  embedding_forward: `// y[r] = E[tokens[r]] for the tokens whose rows are in this window of E.
//
//   tokens      [count]
//   embedding   [rows, hidden]: rows row_start on of the whole matrix
//   y           [count, hidden]
// hidden counts Vecs. A workgroup takes BLOCK tokens; its invocations share out the columns.
// Constants: VEC, WG, BLOCK, FIRST (the first window: tokens outside it are set to 0, which
// other windows then overwrite).
// Launched by embedTokens() in lib/ops/embedding.ts.
//# include common
//# include vectors

struct Params {
  count: u32,
  hidden: u32,
  row_start: u32,
  rows: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
//# stored embedding VEC
@group(0) @binding(1) var<storage, read> embedding: array<embedding_t>;
//# stored y VEC
@group(0) @binding(2) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * \${BLOCK}u;
  let end = min(first + \${BLOCK}u, params.count);
  let H = params.hidden;
  for (var r = first; r < end; r++) {
    // Wraps around below the window, so that one comparison is enough.
    let row = tokens[r] - params.row_start;
    let inside = row < params.rows;
    for (var c = local; c < H; c += \${WG}u) {
      if (inside) { y[r * H + c] = y_t(Vec(embedding[row * H + c])); }
//# if FIRST
      else { y[r * H + c] = y_t(Vec()); }
//# end
    }
  }
}
`,
  embedding_links: `// The positions of each token, as a list in ascending order. They count from 1; 0 is none.
//
//   tokens   [count]; one of vocabulary or above is in no list
//   firsts   [vocabulary]: the first position of each token; zeros before
//   links    [count]: the next position with the same token
// A single workgroup takes WG positions at a time, the last ones first: firsts then knows what
// comes after them, and they are searched among themselves alone, in WG + 2 rounds of loops.
// Constants: WG.
// Launched by addRowGrads() in lib/ops/embedding.ts.

struct Params {
  count: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> firsts: array<u32>;
@group(0) @binding(2) var<storage, read_write> links: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(@builtin(local_invocation_index) local: u32) {
  for (var block = (params.count + \${WG - 1}u) / \${WG}u; block > 0u; block--) {
    let start = (block - 1u) * \${WG}u;
    let end = min(start + \${WG}u, params.count);
    let p = start + local;
    let token = tokens[min(p, end - 1u)];
    let listed = p < end && token < params.vocabulary;
    var next = 0u;
    if (listed) { next = firsts[token]; }
    storageBarrier();
    if (listed) {
      var is_first = true;
      for (var q = end; q > start; q--) {
        if (tokens[q - 1u] == token) {
          if (q > p + 1u) { next = q; }
          if (q <= p) { is_first = false; }
        }
      }
      links[p] = next;
      if (is_first) { firsts[token] = p + 1u; }
    }
    storageBarrier();
  }
}
`,
  fill: `// y[i] = value; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by fill() in lib/ops/tape.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  value: f32,
}

//# stored y VEC
@group(0) @binding(0) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y_t(Vec(params.value)); }
`,
  gated_residual_backward: `// Gradients of gated_residual_forward for branch and gate (that of residual is dy):
//   dbranch (+)= gate * mask * dy
//   partials   = sum over the PER rows, all of one sample, of a team of invocations of
//                dy * mask * branch
//
//   branch, dy, dbranch   [samples * length, hidden]
//   modulation            [samples, modulation_stride]; the gate starts at that column
//   samples               [samples], their indices in the global batch (SAMPLES; else
//                         first_sample and on)
//   partials              [samples * blocks * ROWS, hidden]; blocks = ceil(length / (ROWS * PER))
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, WHOLE (length is a multiple of ROWS * PER), DROPOUT,
// SAMPLES (with DROPOUT), GATE (else it is 1, and there are no partials), DBRANCH (whether dbranch
// is wanted), ACCUMULATE.
// Launched by branchBackward() in lib/ops/gated_residual.ts.
//# include common
//# include vectors
//# include rows
//# include gated_residual
//# include dropout_draw

//# if GATE
//# stored branch VEC
@group(0) @binding(0) var<storage, read> branch: array<branch_t>;
//# end
//# stored dy VEC
@group(0) @binding(1) var<storage, read> dy: array<dy_t>;
//# if GATE
@group(0) @binding(2) var<storage, read> modulation: array<Vec>;
@group(0) @binding(3) var<storage, read_write> partials: array<Vec>;
//# end
//# if DBRANCH
//# stored dbranch VEC
@group(0) @binding(4) var<storage, read_write> dbranch: array<dbranch_t>;
//# end
//# if SAMPLES
@group(0) @binding(5) var<storage, read> samples: array<u32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = folded_index(group, groups);
  let sample = sample_of(block, params.length);
  if (sample >= params.samples) { return; }
  let position = position_of(block, params.length, local);
  let H = params.hidden;
//# if DROPOUT
  let draw = dropout_draw(sample);
//# end
  let first = sample * params.length * H;
//# repeat i 0 PER
  let at\${i} = (position + \${i * ROWS}u) * H;
//# end
//# if GATE
  let partial = team_of(block, local) * H;
//# end
  for (var c = local % \${COLS}u; c < H; c += \${COLS}u) {
//# if GATE
    let gate = modulation[sample * params.modulation_stride + params.gate + c];
    var sum = Vec();
//# end
//# repeat i 0 PER
//# if !WHOLE
    if (position + \${i * ROWS}u < params.length)
//# end
    {
      let at = first + at\${i} + c;
//# if DROPOUT
      let d = dropout_mask(at\${i} + c, draw) * Vec(dy[at]);
//# else
      let d = Vec(dy[at]);
//# end
//# if GATE
      sum += d * Vec(branch[at]);
      let g = gate * d;
//# else
      let g = d;
//# end
//# if DBRANCH
//# if ACCUMULATE
      dbranch[at] = dbranch_t(Vec(dbranch[at]) + g);
//# else
      dbranch[at] = dbranch_t(g);
//# end
//# end
    }
//# end
//# if GATE
    partials[partial + c] = sum;
//# end
  }
}
`,
  gated_residual_forward: `// y = residual + gate * dropout(branch), the gate being that of the row's sample, or 1 unless
// GATE.
//
//   residual, branch, y   [samples * length, hidden]
//   modulation            [samples, modulation_stride]; the gate starts at that column
//   samples               [samples], their indices in the global batch (SAMPLES; else
//                         first_sample and on)
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, WHOLE (length is a multiple of ROWS * PER), DROPOUT,
// SAMPLES (with DROPOUT), GATE.
// Launched by connect() in lib/ops/gated_residual.ts.
//# include common
//# include vectors
//# include rows
//# include gated_residual
//# include dropout_draw

//# stored residual VEC
@group(0) @binding(0) var<storage, read> residual: array<residual_t>;
//# stored branch VEC
@group(0) @binding(1) var<storage, read> branch: array<branch_t>;
//# if GATE
@group(0) @binding(2) var<storage, read> modulation: array<Vec>;
//# end
//# stored y VEC
@group(0) @binding(3) var<storage, read_write> y: array<y_t>;
//# if SAMPLES
@group(0) @binding(4) var<storage, read> samples: array<u32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = folded_index(group, groups);
  let sample = sample_of(block, params.length);
  if (sample >= params.samples) { return; }
  let position = position_of(block, params.length, local);
  let H = params.hidden;
//# if DROPOUT
  let draw = dropout_draw(sample);
//# end
  let first = sample * params.length * H;
//# repeat i 0 PER
  let at\${i} = (position + \${i * ROWS}u) * H;
//# end
  for (var c = local % \${COLS}u; c < H; c += \${COLS}u) {
//# if GATE
    let gate = modulation[sample * params.modulation_stride + params.gate + c];
//# end
//# repeat i 0 PER
//# if !WHOLE
    if (position + \${i * ROWS}u < params.length)
//# end
    {
      let at = first + at\${i} + c;
//# if DROPOUT
      let kept = dropout_mask(at\${i} + c, draw) * Vec(branch[at]);
//# else
      let kept = Vec(branch[at]);
//# end
//# if GATE
      y[at] = y_t(Vec(residual[at]) + gate * kept);
//# else
      y[at] = y_t(Vec(residual[at]) + kept);
//# end
    }
//# end
  }
}
`,
  hold_rows: `// y[r, :] = weight · data[r, :] where row r has a given token; other rows stay as they are.
//
//   tokens    [rows], 0xffffffff where none is given
//   data, y   [rows, columns]; count = rows · columns
// Constants: WG, STEPS.
// Launched by holdRows() in lib/flow/held_tokens.ts.
//# include elementwise

struct Params {
  count: u32,
  columns: u32,
  weight: f32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (tokens[i / params.columns] != 0xffffffffu) { y[i] = params.weight * data[i]; }
}
`,
  hold_tokens: `// y[i] = tokens[i] where a token is given; other entries stay as they are.
//
//   tokens, y   [count]; tokens are 0xffffffff where none is given
// Constants: WG, STEPS.
// Launched by holdTokens() in lib/flow/held_tokens.ts.
//# include elementwise

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (tokens[i] != 0xffffffffu) { y[i] = tokens[i]; }
}
`,
  layer_norm_backward: `// Gradient of layer_norm_forward. With n = (x - mean) rstd, g = weight (1 + scale), a = mean of
// g dy and b = mean of n g dy over the row:
//   dx (+)= rstd (g dy - a - n b)
// and, for each team of invocations, the sums over its PER rows, all of one sample, of
//   dy (for shift),  weight n dy (for scale),  (1 + scale) n dy (for weight).
// Unless MODULATE, scale is 0 and the sums are dy (for a bias) and n dy (for weight).
// If RESIDUAL, x is residual + gate * mask * branch (see gated_residual_forward), and the sums of
//   dx * mask * branch (for gate)
// come before those. Then gate * mask * dx, the gradient of branch, takes the place of dy.
//
//   x, dy, dx    [samples * length, hidden]
//   weight       [hidden]
//   modulation   [samples, modulation_stride]; scale and gate start at these columns
//   stats        [2, samples * length]: means, then rstds
//   partials     [samples * blocks * ROWS, 2 + MODULATE + RESIDUAL, hidden];
//                blocks = ceil(length / (ROWS * PER))
//   branch       as x
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, SLOTS = ROUND = 2 * PER, WHOLE (length is a multiple of
// ROWS * PER), MODULATE, DX (whether dx is wanted), ACCUMULATE (add to dx), RESIDUAL (with MODULATE
// and DX), DROPOUT (with RESIDUAL), SAMPLES (0: of samples there are first_sample and on).
// Launched by normRowsBackward() in lib/ops/row_norm.ts.
//# include common
//# include vectors
//# include rows
//# include row_sums
//# include dropout_draw

struct Params {
  samples: u32,
  length: u32,
  hidden: u32,
//# if MODULATE
  modulation_stride: u32,
  scale: u32,
//# end
//# if RESIDUAL
  gate: u32,
//# end
//# include dropout_params
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored dy VEC
//# if RESIDUAL
@group(0) @binding(1) var<storage, read_write> dy: array<dy_t>;
//# else
@group(0) @binding(1) var<storage, read> dy: array<dy_t>;
//# end
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
//# if MODULATE
@group(0) @binding(3) var<storage, read> modulation: array<Vec>;
//# end
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<Vec>;
//# if DX
//# stored dx VEC
@group(0) @binding(6) var<storage, read_write> dx: array<dx_t>;
//# end
//# if RESIDUAL
//# stored branch VEC
@group(0) @binding(7) var<storage, read> branch: array<branch_t>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = folded_index(group, groups);
  let sample = sample_of(block, params.length);
  if (sample >= params.samples) { return; }
  let position = position_of(block, params.length, local);
  let lane = local % \${COLS}u;
  let H = params.hidden;
//# if MODULATE
  let scale = sample * params.modulation_stride + params.scale;
//# end

//# repeat i 0 PER
  // Positions beyond the sample read its last one, and add nothing.
  let row\${i} = sample * params.length + min(position + \${i * ROWS}u, params.length - 1u);
  let at\${i} = row\${i} * H;
  let mean\${i} = stats[row\${i}];
  let rstd\${i} = stats[params.samples * params.length + row\${i}];
//# if DX
  var sum_a\${i} = Vec();
  var sum_b\${i} = Vec();
//# end
//# end
//# if DX
  for (var c = lane; c < H; c += \${COLS}u) {
//# if MODULATE
    let gain = weight[c] * (1.0 + modulation[scale + c]);
//# else
    let gain = weight[c];
//# end
//# repeat i 0 PER
    let g\${i} = gain * Vec(dy[at\${i} + c]);
    sum_a\${i} += g\${i};
    sum_b\${i} += g\${i} * ((Vec(x[at\${i} + c]) - mean\${i}) * rstd\${i});
//# end
  }
//# repeat i 0 PER
  put_row_sum(component_sum(sum_a\${i}), local, \${2 * i}u);
  put_row_sum(component_sum(sum_b\${i}), local, \${2 * i + 1}u);
//# end
  add_up_row_sums(local, 0u);
  let factor = 1.0 / f32(H * \${VEC}u);
//# repeat i 0 PER
  let a\${i} = factor * row_sum(local, \${2 * i}u);
  let b\${i} = factor * row_sum(local, \${2 * i + 1}u);
//# end
//# end

//# if RESIDUAL
  let gate = sample * params.modulation_stride + params.gate;
//# if DROPOUT
  let draw = dropout_draw(sample);
//# end
//# end
  let partial = team_of(block, local) * \${2 + MODULATE + RESIDUAL}u * H;
  for (var c = lane; c < H; c += \${COLS}u) {
    let w = weight[c];
//# if RESIDUAL
    let gate_c = modulation[gate + c];
    var for_gate = Vec();
//# end
//# if MODULATE
    let s = 1.0 + modulation[scale + c];
//# else
    let s = 1.0;
//# end
    var for_shift = Vec();
    var for_scale = Vec();
//# repeat i 0 PER
//# if !WHOLE
    if (position + \${i * ROWS}u < params.length)
//# end
    {
      let d = Vec(dy[at\${i} + c]);
      let n = (Vec(x[at\${i} + c]) - mean\${i}) * rstd\${i};
      for_shift += d;
      for_scale += n * d;
//# if DX
//# if ACCUMULATE
      let g = Vec(dx[at\${i} + c]) + rstd\${i} * (w * s * d - a\${i} - n * b\${i});
//# else
      let g = rstd\${i} * (w * s * d - a\${i} - n * b\${i});
//# end
      dx[at\${i} + c] = dx_t(g);
//# if RESIDUAL
//# if DROPOUT
      let masked = dropout_mask(at\${i} - sample * params.length * H + c, draw) * g;
//# else
      let masked = g;
//# end
      for_gate += masked * Vec(branch[at\${i} + c]);
      dy[at\${i} + c] = dy_t(gate_c * masked);
//# end
//# end
    }
//# end
//# if RESIDUAL
    partials[partial + c] = for_gate;
//# end
    partials[partial + \${RESIDUAL}u * H + c] = for_shift;
//# if MODULATE
    partials[partial + \${1 + RESIDUAL}u * H + c] = w * for_scale;
    partials[partial + \${2 + RESIDUAL}u * H + c] = s * for_scale;
//# else
    partials[partial + H + c] = for_scale;
//# end
  }
}
`,
  layer_norm_forward: `// y = (x - mean) * rstd * weight * (1 + scale) + shift for each row, with
// rstd = 1 / sqrt(mean((x - mean)^2) + eps): a LayerNorm without bias, then adaLN modulation
// by the shift and scale of the row's sample. Unless MODULATE, there is neither; then BIAS says
// whether a bias is added. If RESIDUAL, x is made on the way: residual + gate * dropout(branch), as
// by gated_residual_forward.
//
//   x, y         [samples * length, hidden]
//   weight       [hidden]
//   modulation   [samples, modulation_stride]; shift, scale and gate start at these columns
//   bias         [hidden]
//   stats        [2, samples * length]: means, then rstds
//   residual, branch   as x
//   samples      [samples], their indices in the global batch (SAMPLES; else first_sample and on)
// All sizes and columns count Vecs, except length. For the division of rows see include/rows.wgsl.
// Constants: VEC, ROWS, COLS, PER, SLOTS = 2 * PER, ROUND = PER, WHOLE (length is a multiple of
// ROWS * PER), MODULATE, BIAS, RESIDUAL (with MODULATE), DROPOUT (with RESIDUAL), SAMPLES (with
// DROPOUT).
// Launched by normRows() in lib/ops/row_norm.ts.
//# include common
//# include vectors
//# include rows
//# include row_sums
//# include dropout_draw

struct Params {
  samples: u32,
  length: u32,
  hidden: u32,
//# if MODULATE
  modulation_stride: u32,
  shift: u32,
  scale: u32,
//# end
  eps: f32,
//# if RESIDUAL
  gate: u32,
//# end
//# include dropout_params
}

//# stored x VEC
//# if RESIDUAL
@group(0) @binding(0) var<storage, read_write> x: array<x_t>;
//# else
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# end
@group(0) @binding(1) var<storage, read> weight: array<Vec>;
//# if MODULATE
@group(0) @binding(2) var<storage, read> modulation: array<Vec>;
//# end
//# if BIAS
@group(0) @binding(2) var<storage, read> bias: array<Vec>;
//# end
//# stored y VEC
@group(0) @binding(3) var<storage, read_write> y: array<y_t>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
//# if RESIDUAL
//# stored residual VEC
@group(0) @binding(5) var<storage, read> residual: array<residual_t>;
//# stored branch VEC
@group(0) @binding(6) var<storage, read> branch: array<branch_t>;
//# end
//# if SAMPLES
@group(0) @binding(7) var<storage, read> samples: array<u32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = folded_index(group, groups);
  let sample = sample_of(block, params.length);
  if (sample >= params.samples) { return; }
  let position = position_of(block, params.length, local);
  let lane = local % \${COLS}u;
  let H = params.hidden;
  let factor = 1.0 / f32(H * \${VEC}u);

//# repeat i 0 PER
  // Positions beyond the sample read its last one, and write nothing.
  let row\${i} = sample * params.length + min(position + \${i * ROWS}u, params.length - 1u);
  let at\${i} = row\${i} * H;
  var sum\${i} = Vec();
  var squares\${i} = Vec();
//# end
//# if RESIDUAL
  let gate = sample * params.modulation_stride + params.gate;
//# if DROPOUT
  let draw = dropout_draw(sample);
//# end
//# end
  for (var c = lane; c < H; c += \${COLS}u) {
//# if RESIDUAL
    let gate_c = modulation[gate + c];
//# end
//# repeat i 0 PER
//# if RESIDUAL
    {
//# if DROPOUT
      let mask = dropout_mask(at\${i} - sample * params.length * H + c, draw);
      let kept = mask * Vec(branch[at\${i} + c]);
//# else
      let kept = Vec(branch[at\${i} + c]);
//# end
      // Positions beyond the sample make its last row once more, of the same numbers.
      x[at\${i} + c] = x_t(Vec(residual[at\${i} + c]) + gate_c * kept);
    }
//# end
    sum\${i} += Vec(x[at\${i} + c]);
//# end
  }
//# repeat i 0 PER
  put_row_sum(component_sum(sum\${i}), local, \${i}u);
//# end
  add_up_row_sums(local, 0u);
//# repeat i 0 PER
  let mean\${i} = factor * row_sum(local, \${i}u);
//# end
  for (var c = lane; c < H; c += \${COLS}u) {
//# repeat i 0 PER
    let d\${i} = Vec(x[at\${i} + c]) - mean\${i};
    squares\${i} += d\${i} * d\${i};
//# end
  }
//# repeat i 0 PER
  put_row_sum(component_sum(squares\${i}), local, \${PER + i}u);
//# end
  add_up_row_sums(local, \${PER}u);
//# repeat i 0 PER
  let rstd\${i} = 1.0 / sqrt(factor * row_sum(local, \${PER + i}u) + params.eps);
  if (lane == 0u && position + \${i * ROWS}u < params.length) {
    stats[row\${i}] = mean\${i};
    stats[params.samples * params.length + row\${i}] = rstd\${i};
  }
//# end

//# if MODULATE
  let scale = sample * params.modulation_stride + params.scale;
  let shift = sample * params.modulation_stride + params.shift;
//# end
  for (var c = lane; c < H; c += \${COLS}u) {
//# if MODULATE
    let gain = weight[c] * (1.0 + modulation[scale + c]);
    let offset = modulation[shift + c];
//# else
    let gain = weight[c];
//# if BIAS
    let offset = bias[c];
//# else
    let offset = Vec();
//# end
//# end
//# repeat i 0 PER
//# if !WHOLE
    if (position + \${i * ROWS}u < params.length)
//# end
    { y[at\${i} + c] = y_t((Vec(x[at\${i} + c]) - mean\${i}) * (rstd\${i} * gain) + offset); }
//# end
  }
}
`,
  loss_scale: `// The scale of the loss after a step, state[0], and the good steps since it changed, state[1]:
// halved (to 1 at the least) if the norm of the gradients is not finite, and doubled (to \`largest\` at
// the most) after growth_steps good ones.
// Launched by LossScale.update() in lib/train/loss_scale.ts.
//# include finite

struct Params {
  growth_steps: f32,
  largest: f32,
}

@group(0) @binding(0) var<storage, read> norm: array<f32>;
@group(0) @binding(1) var<storage, read_write> state: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() {
  let good = is_finite(norm[0]);
  let grown = good && state[1] + 1.0 >= params.growth_steps;
  state[1] = select(0.0, state[1] + 1.0, good && !grown);
  if (!good) { state[0] = max(0.5 * state[0], 1.0); }
  if (grown) { state[0] = min(2.0 * state[0], params.largest); }
}
`,
  loss_weighting_backward_loss: `// dloss[m] (+)= exp(-w[b]) dy[m], b = m / length.
// Constants: WG, STEPS, ACCUMULATE.
// Launched by lossGrad() in lib/ops/loss_weighting.ts.
//# include elementwise

struct Params {
  count: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dloss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(m: u32) {
  var d = exp(-w[m / params.length]) * dy[m];
//# if ACCUMULATE
  d += dloss[m];
//# end
  dloss[m] = d;
}
`,
  loss_weighting_backward_w: `// dw[b] (+)= sum over the positions l of sample b of dy[m] (1 - exp(-w[b]) loss[m]),
// m = b length + l. A workgroup does a sample.
// Constants: LANES, ACCUMULATE.
// Launched by applyLossWeighting() in lib/ops/loss_weighting.ts.
//# include common
//# include workgroup_sum

struct Params {
  samples: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let b = folded_index(group, groups);
  if (b >= params.samples) { return; }
  let factor = exp(-w[b]);
  var sum = 0.0;
  for (var l = local; l < params.length; l += \${LANES}u) {
    let m = b * params.length + l;
    sum += dy[m] * (1.0 - factor * loss[m]);
  }
  let total = workgroup_sum(sum, local);
  if (local != 0u) { return; }
//# if ACCUMULATE
  dw[b] += total;
//# else
  dw[b] = total;
//# end
}
`,
  loss_weighting_forward: `// y[m] = exp(-w[b]) loss[m] + w[b], b = m / length.
// Constants: WG, STEPS.
// Launched by applyLossWeighting() in lib/ops/loss_weighting.ts.
//# include elementwise

struct Params {
  count: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> loss: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(m: u32) {
  let weight = w[m / params.length];
  y[m] = exp(-weight) * loss[m] + weight;
}
`,
  matmul_matrix: `// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]) on matrix units, which multiply fragments of f16
// numbers, MM x KK by KK x NN, and add up in f32.
//
// WM x WN subgroups of SG invocations compute a tile of WM FM MM rows by WN FN NN columns, FM x FN
// fragments each. The tiles of A and B are staged as f16 in the order in which they are stored, so
// that neighbours read neighbours; numbers outside of the operands are 0. Results pass through
// workgroup memory, a fragment of each subgroup at a time, to whoever stores them.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], rows c_stride apart           bias   [N] if BIAS
// Workgroups with the same z sum over k_span steps of k, as in matmul_tiled.
// Constants: MM, NN, KK, SG, WM, WN, FM, FN, BK (steps of k staged, a multiple of KK), A_T, B_T, BIAS,
// ACCUMULATE, SPLIT, and VEC: 4 if all starts and strides are multiples of 4, and so is every extent
// that runs along a row, else 1.
// Launched by matrixMatmul() in lib/ops/matmul_matrix.ts.
enable f16;
enable chromium_experimental_subgroup_matrix;
enable subgroups;
diagnostic(off, chromium.subgroup_matrix_uniformity);

//# include common
//# include matmul_tiles

//# stored a VEC
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b VEC
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored c
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

alias Left = subgroup_matrix_left<f16, \${KK}, \${MM}>;
alias Right = subgroup_matrix_right<f16, \${NN}, \${KK}>;
alias Result = subgroup_matrix_result<f32, \${NN}, \${MM}>;

var<workgroup> tile_a: array<f16, \${BK * WM * FM * MM}>;
var<workgroup> tile_b: array<f16, \${BK * WN * FN * NN}>;
var<workgroup> fragments: array<f32, \${WM * WN * MM * NN}>;

@compute @workgroup_size(\${SG * WM * WN})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_n = (params.N + \${WN * FN * NN - 1}u) / \${WN * FN * NN}u;
  let tile = folded_index(group, groups);
  let m0 = (tile / tiles_n) * \${WM * FM * MM}u;
  let n0 = (tile % tiles_n) * \${WN * FN * NN}u;
  if (m0 >= params.M) { return; }
  let k_begin = group.z * params.k_span;
  let k_end = min(k_begin + params.k_span, params.K);
  let subgroup = local / \${SG}u;
  let wm = subgroup / \${WN}u * \${FM * MM}u;
  let wn = subgroup % \${WN}u * \${FN * NN}u;
//# repeat i 0 FM
//# repeat j 0 FN
  var s\${i}_\${j}: Result;
//# end
//# end

  for (var k0 = k_begin; k0 < k_end; k0 += \${BK}u) {
    // The stored tile of A has rows of m if A_T, else of k; that of B rows of k if B_T, else of n.
//# if A_T
    for (var e = local * \${VEC}u; e < \${BK * WM * FM * MM}u; e += \${SG * WM * WN * VEC}u) {
      let row = k0 + e / \${WM * FM * MM}u;
      let column = m0 + e % \${WM * FM * MM}u;
      let inside = row < k_end && column < params.M;
//# else
    for (var e = local * \${VEC}u; e < \${BK * WM * FM * MM}u; e += \${SG * WM * WN * VEC}u) {
      let row = m0 + e / \${BK}u;
      let column = k0 + e % \${BK}u;
      let inside = row < params.M && column < k_end;
//# end
      var value = a_t();
      if (inside) { value = a[(params.a_start + row * params.a_stride + column) / \${VEC}u]; }
//# if VEC == 4
//# repeat x 0 4
      tile_a[e + \${x}u] = f16(value[\${x}]);
//# end
//# else
      tile_a[e] = f16(value);
//# end
    }
//# if B_T
    for (var e = local * \${VEC}u; e < \${BK * WN * FN * NN}u; e += \${SG * WM * WN * VEC}u) {
      let row = n0 + e / \${BK}u;
      let column = k0 + e % \${BK}u;
      let inside = row < params.N && column < k_end;
//# else
    for (var e = local * \${VEC}u; e < \${BK * WN * FN * NN}u; e += \${SG * WM * WN * VEC}u) {
      let row = k0 + e / \${WN * FN * NN}u;
      let column = n0 + e % \${WN * FN * NN}u;
      let inside = row < k_end && column < params.N;
//# end
      var value = b_t();
      if (inside) { value = b[(params.b_start + row * params.b_stride + column) / \${VEC}u]; }
//# if VEC == 4
//# repeat x 0 4
      tile_b[e + \${x}u] = f16(value[\${x}]);
//# end
//# else
      tile_b[e] = f16(value);
//# end
    }
    workgroupBarrier();
//# repeat k 0 BK / KK
    {
//# repeat j 0 FN
//# if B_T
      let right\${j} = subgroupMatrixLoad<Right, col_major>(
        &tile_b, (wn + \${j * NN}u) * \${BK}u + \${k * KK}u, \${BK}u);
//# else
      let right\${j} = subgroupMatrixLoad<Right, row_major>(
        &tile_b, \${k * KK * WN * FN * NN}u + wn + \${j * NN}u, \${WN * FN * NN}u);
//# end
//# end
//# repeat i 0 FM
//# if A_T
      let left\${i} = subgroupMatrixLoad<Left, col_major>(
        &tile_a, \${k * KK * WM * FM * MM}u + wm + \${i * MM}u, \${WM * FM * MM}u);
//# else
      let left\${i} = subgroupMatrixLoad<Left, row_major>(
        &tile_a, (wm + \${i * MM}u) * \${BK}u + \${k * KK}u, \${BK}u);
//# end
//# repeat j 0 FN
      s\${i}_\${j} = subgroupMatrixMultiplyAccumulate(left\${i}, right\${j}, s\${i}_\${j});
//# end
//# end
    }
//# end
    workgroupBarrier();
  }

//# if SPLIT
  let c_start = params.c_start + group.z * params.M * params.c_stride;
//# else
  let c_start = params.c_start;
//# end
  let first = subgroup * \${MM * NN}u;
  let lane = local % \${SG}u;
//# repeat i 0 FM
//# repeat j 0 FN
  workgroupBarrier();
  subgroupMatrixStore<row_major>(&fragments, first, s\${i}_\${j}, \${NN}u);
  workgroupBarrier();
  for (var e = lane; e < \${MM * NN}u; e += \${SG}u) {
    let m = m0 + wm + \${i * MM}u + e / \${NN}u;
    let n = n0 + wn + \${j * NN}u + e % \${NN}u;
    if (m < params.M && n < params.N) {
      let at = c_start + m * params.c_stride + n;
      var value = fragments[first + e];
//# if BIAS
      value += bias[params.bias_start + n];
//# end
//# if ACCUMULATE
      value += f32(c[at]);
//# end
      c[at] = c_t(value);
    }
  }
//# end
//# end
}
`,
  matmul_plain: `// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): an invocation a number of C, as the definition says.
// What other kernels of products are compared with; no adapter runs it unless these fail.
//
//   a   A stored [M,K], or [K,M] by a_row = 1   b   B stored [K,N], or [N,K] by b_row = 1
//   c   [M,N], rows c_stride apart              bias   [N] if BIAS
// Constants: WG, STEPS, BIAS, ACCUMULATE.
// Launched by plainMatmul() in lib/ops/matmul_plain.ts.
//# include elementwise

struct Params {
  count: u32,
  N: u32,
  K: u32,
  a_start: u32,
  a_row: u32,
  a_col: u32,
  b_start: u32,
  b_row: u32,
  b_col: u32,
  c_start: u32,
  c_stride: u32,
  bias_start: u32,
}

//# stored a
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored c
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let m = i / params.N;
  let n = i % params.N;
  let at = params.c_start + m * params.c_stride + n;
  var sum = 0.0;
//# if BIAS
  sum += bias[params.bias_start + n];
//# end
//# if ACCUMULATE
  sum += f32(c[at]);
//# end
  var from_a = params.a_start + m * params.a_row;
  var from_b = params.b_start + n * params.b_col;
  for (var k = 0u; k < params.K; k++) {
    sum = fma(f32(a[from_a]), f32(b[from_b]), sum);
    from_a += params.a_col;
    from_b += params.b_row;
  }
  c[at] = c_t(sum);
}
`,
  matmul_register: `// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): register tiles without workgroup memory, for
// adapters that run on a processor. A and B are images (lib/gpu/image.ts), since texels are much
// cheaper to load there than elements of a buffer.
//
// A workgroup is one SIMD vector of LANES invocations. Together they compute TM rows by
// LANES * TN * 4 columns: the texels of B differ from lane to lane, those of A are the same for
// all. Four steps of k are written out; all their texels are loaded first, then each number of the
// tile takes its four products in a row, so that it is fetched and put back once.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], rows c_stride apart           bias   [N] if has_bias is 1, else anything, if BIAS
// Strides of a and b are in texels. Where k runs along a row, the row is zero from K to the next
// multiple of 4; where k runs over the rows, so are rows K to the next multiple of 4. Rows and
// columns beyond M and N may hold anything.
// has_bias is no constant: another kernel takes longer to compile than the bias in many steps.
// Constants: TM (a multiple of 4), TN, LANES, A_T, B_T, BIAS, ACCUMULATE, and VEC: 4 if c_stride,
// c_start and N are multiples of 4, else 1.
// Launched by register() in lib/ops/matmul_register.ts.
//# include common
//# include texel

struct Params {
  M: u32,
  N: u32,
  K: u32,
  a_stride: u32,
  b_stride: u32,
  c_start: u32,
  c_stride: u32,
  bias_start: u32,
  has_bias: u32,
}

//# if a_f16
@group(0) @binding(0) var a: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(0) var a: texture_storage_2d<rgba32float, read>;
//# end
//# if b_f16
@group(0) @binding(1) var b: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(1) var b: texture_storage_2d<rgba32float, read>;
//# end
//# stored c VEC
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let tiles_n = (params.N + \${LANES * TN * 4 - 1}u) / \${LANES * TN * 4}u;
  let tile = folded_index(group, groups);
  let m = (tile / tiles_n) * \${TM}u;
  // The lane's texels of a row of C are n, n + LANES, ...
  let n = (tile % tiles_n) * \${LANES * TN}u + local.x;
  if (m >= params.M) { return; }

//# repeat j 0 TN
//# repeat i 0 TM
  var s\${i}_\${j} = vec4f();
//# end
//# end
  // The bounds of the loop depend on the workgroup on purpose: see attention_forward.
  let end = tile + (params.K + 3u) / 4u;
  for (var step = tile; step < end; step++) {
    let k = step - tile;
//# if A_T
//# repeat u 0 4
    let ar\${u} = (k * 4u + \${u}u) * params.a_stride + m / 4u;
//# repeat i 0 TM / 4
    let at\${u}_\${i} = textureLoad(a, texel(ar\${u} + \${i}u));
//# end
//# end
//# repeat i 0 TM / 4
//# repeat x 0 4
    let a\${4 * i + x} = vec4f(at0_\${i}[\${x}], at1_\${i}[\${x}], at2_\${i}[\${x}], at3_\${i}[\${x}]);
//# end
//# end
//# else
//# repeat i 0 TM
    let a\${i} = textureLoad(a, texel((m + \${i}u) * params.a_stride + k));
//# end
//# end
//# repeat j 0 TN
//# if B_T
//# repeat x 0 4
    let bt\${j}_\${x} = textureLoad(b, texel(((n + \${j * LANES}u) * 4u + \${x}u) * params.b_stride + k));
//# end
//# repeat u 0 4
    let b\${u}_\${j} = vec4f(bt\${j}_0[\${u}], bt\${j}_1[\${u}], bt\${j}_2[\${u}], bt\${j}_3[\${u}]);
//# end
//# else
//# repeat u 0 4
    let b\${u}_\${j} = textureLoad(b, texel((k * 4u + \${u}u) * params.b_stride + n + \${j * LANES}u));
//# end
//# end
//# end
//# repeat j 0 TN
//# repeat i 0 TM
//# repeat u 0 4
    s\${i}_\${j} = fma(vec4f(a\${i}[\${u}]), b\${u}_\${j}, s\${i}_\${j});
//# end
//# end
//# end
  }

//# repeat j 0 TN
  if ((n + \${j * LANES}u) * 4u < params.N) {
    let col = (n + \${j * LANES}u) * 4u;
//# if BIAS
    let at_bias = params.bias_start + col;
    let any_bias = vec4f(bias[at_bias], bias[at_bias + 1u], bias[at_bias + 2u], bias[at_bias + 3u]);
    let bias_n = select(vec4f(), any_bias, params.has_bias != 0u);
//# end
//# repeat i 0 TM
    if (m + \${i}u < params.M) {
      let at = params.c_start + (m + \${i}u) * params.c_stride + col;
//# if BIAS
      s\${i}_\${j} += bias_n;
//# end
//# if VEC == 4
//# if ACCUMULATE
      s\${i}_\${j} += vec4f(c[at / 4u]);
//# end
      c[at / 4u] = c_t(s\${i}_\${j});
//# else
//# repeat x 0 4
      if (col + \${x}u < params.N) {
//# if ACCUMULATE
        s\${i}_\${j}[\${x}] += f32(c[at + \${x}u]);
//# end
        c[at + \${x}u] = c_t(s\${i}_\${j}[\${x}]);
      }
//# end
//# end
    }
//# end
  }
//# end
}
`,
  matmul_tiled: `// C[m,n] (+)= sum_k A(m,k) B(k,n) (+ bias[n]): workgroup-tiled, for graphics cards.
//
// WX x WY invocations compute a tile of 4 WY RM rows by 4 WX RN columns, RM x RN blocks of 4 x 4
// each. The tiles of A and B are staged as [k][4 rows] and [k][4 columns], so that the inner loop
// reads vec4 without bank conflicts, and neighbours read neighbours. Tiles that lie inside of all
// operands are loaded without a test; blocks that run along k are turned on the way.
//
//   a   A stored [M,K], or [K,M] if A_T      b   B stored [K,N], or [N,K] if B_T
//   c   [M,N], rows c_stride apart           bias   [N] if BIAS
// Workgroups with the same z sum over k_span steps of k from z k_span on; with SPLIT each z has a C
// of its own, M c_stride after the one before.
// Constants: WX, WY, RM, RN, BK (steps of k staged), A_T, B_T, BIAS, ACCUMULATE, SPLIT, and VEC: 4 if
// all starts and strides are multiples of 4, and so is every extent that runs along a row, else 1.
// Launched by tiledMatmul() in lib/ops/matmul_tiled.ts.
//# include common
//# include matmul_tiles

//# stored a VEC
@group(0) @binding(0) var<storage, read> a: array<a_t>;
//# stored b VEC
@group(0) @binding(1) var<storage, read> b: array<b_t>;
//# stored c VEC
@group(0) @binding(2) var<storage, read_write> c: array<c_t>;
//# if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> tile_a: array<vec4f, \${BK * WY * RM}>;
var<workgroup> tile_b: array<vec4f, \${BK * WX * RN}>;

//# if VEC == 4
// Four numbers of A from the stored row and column on: column is a multiple of 4.
fn a_at(row: u32, column: u32) -> vec4f {
  return vec4f(a[(params.a_start + row * params.a_stride + column) / 4u]);
}

fn b_at(row: u32, column: u32) -> vec4f {
  return vec4f(b[(params.b_start + row * params.b_stride + column) / 4u]);
}

// The same, with zeros outside of the stored matrix of rows x columns.
fn a_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  if (row >= rows || column >= columns) { return vec4f(); }
  return a_at(row, column);
}

fn b_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  if (row >= rows || column >= columns) { return vec4f(); }
  return b_at(row, column);
}
//# else
fn a_number(row: u32, column: u32, rows: u32, columns: u32) -> f32 {
  if (row >= rows || column >= columns) { return 0.0; }
  return f32(a[params.a_start + row * params.a_stride + column]);
}

fn b_number(row: u32, column: u32, rows: u32, columns: u32) -> f32 {
  if (row >= rows || column >= columns) { return 0.0; }
  return f32(b[params.b_start + row * params.b_stride + column]);
}

fn a_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  return vec4f(
    a_number(row, column, rows, columns),
    a_number(row, column + 1u, rows, columns),
    a_number(row, column + 2u, rows, columns),
    a_number(row, column + 3u, rows, columns),
  );
}

fn b_inside(row: u32, column: u32, rows: u32, columns: u32) -> vec4f {
  return vec4f(
    b_number(row, column, rows, columns),
    b_number(row, column + 1u, rows, columns),
    b_number(row, column + 2u, rows, columns),
    b_number(row, column + 3u, rows, columns),
  );
}
//# end

@compute @workgroup_size(\${WX * WY})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles_n = (params.N + \${4 * WX * RN - 1}u) / \${4 * WX * RN}u;
  let tile = folded_index(group, groups);
  let m0 = (tile / tiles_n) * \${4 * WY * RM}u;
  let n0 = (tile % tiles_n) * \${4 * WX * RN}u;
  if (m0 >= params.M) { return; }
  let k_begin = group.z * params.k_span;
  let k_end = min(k_begin + params.k_span, params.K);
  let tx = local % \${WX}u;
  let ty = local / \${WX}u;
//# repeat i 0 4 * RM
//# repeat j 0 RN
  var s\${i}_\${j} = vec4f();
//# end
//# end
//# if VEC == 4
  let whole_tile = m0 + \${4 * WY * RM}u <= params.M && n0 + \${4 * WX * RN}u <= params.N;
//# end

  for (var k0 = k_begin; k0 < k_end; k0 += \${BK}u) {
//# if VEC == 4
    let whole = whole_tile && k0 + \${BK}u <= k_end;
//# end
//# repeat tested 1-VEC/4 2
//# if VEC != 4
    {
//# end
//# if VEC == 4 && !tested
    if (whole) {
//# end
//# if VEC == 4 && tested
    if (!whole) {
//# end
//# if A_T
      for (var slot = local; slot < \${BK * WY * RM}u; slot += \${WX * WY}u) {
        let k = k0 + slot / \${WY * RM}u;
        let m = m0 + slot % \${WY * RM}u * 4u;
//# if tested
        tile_a[slot] = a_inside(k, m, k_end, params.M);
//# else
        tile_a[slot] = a_at(k, m);
//# end
      }
//# else
      for (var slot = local; slot < \${BK / 4 * WY * RM}u; slot += \${WX * WY}u) {
        let k4 = slot % \${BK / 4}u;
        let m4 = slot / \${BK / 4}u;
//# repeat r 0 4
//# if tested
        let row\${r} = a_inside(m0 + m4 * 4u + \${r}u, k0 + k4 * 4u, params.M, k_end);
//# else
        let row\${r} = a_at(m0 + m4 * 4u + \${r}u, k0 + k4 * 4u);
//# end
//# end
//# repeat u 0 4
        tile_a[(k4 * 4u + \${u}u) * \${WY * RM}u + m4] =
          vec4f(row0[\${u}], row1[\${u}], row2[\${u}], row3[\${u}]);
//# end
      }
//# end
//# if B_T
      for (var slot = local; slot < \${BK / 4 * WX * RN}u; slot += \${WX * WY}u) {
        let k4 = slot % \${BK / 4}u;
        let n4 = slot / \${BK / 4}u;
//# repeat r 0 4
//# if tested
        let row\${r} = b_inside(n0 + n4 * 4u + \${r}u, k0 + k4 * 4u, params.N, k_end);
//# else
        let row\${r} = b_at(n0 + n4 * 4u + \${r}u, k0 + k4 * 4u);
//# end
//# end
//# repeat u 0 4
        tile_b[(k4 * 4u + \${u}u) * \${WX * RN}u + n4] =
          vec4f(row0[\${u}], row1[\${u}], row2[\${u}], row3[\${u}]);
//# end
      }
//# else
      for (var slot = local; slot < \${BK * WX * RN}u; slot += \${WX * WY}u) {
        let k = k0 + slot / \${WX * RN}u;
        let n = n0 + slot % \${WX * RN}u * 4u;
//# if tested
        tile_b[slot] = b_inside(k, n, k_end, params.N);
//# else
        tile_b[slot] = b_at(k, n);
//# end
      }
//# end
    }
//# end
    workgroupBarrier();
//# repeat k 0 BK
    {
//# repeat j 0 RN
      let vb\${j} = tile_b[\${k * WX * RN + WX * j}u + tx];
//# end
//# repeat r 0 RM
      let va\${r} = tile_a[\${k * WY * RM + WY * r}u + ty];
//# repeat x 0 4
//# repeat j 0 RN
      s\${4 * r + x}_\${j} = fma(vec4f(va\${r}[\${x}]), vb\${j}, s\${4 * r + x}_\${j});
//# end
//# end
//# end
    }
//# end
    workgroupBarrier();
  }

//# if SPLIT
  let c_start = params.c_start + group.z * params.M * params.c_stride;
//# else
  let c_start = params.c_start;
//# end
//# repeat j 0 RN
  {
    let n = n0 + \${4 * WX * j}u + tx * 4u;
    if (n < params.N) {
//# if BIAS
      let last = params.N - 1u;
      let bias_n = vec4f(
        bias[params.bias_start + n],
        bias[params.bias_start + min(n + 1u, last)],
        bias[params.bias_start + min(n + 2u, last)],
        bias[params.bias_start + min(n + 3u, last)],
      );
//# end
//# repeat i 0 4 * RM
      {
        let m = m0 + \${i / 4 * 4 * WY}u + ty * 4u + \${i % 4}u;
        if (m < params.M) {
          let at = c_start + m * params.c_stride + n;
//# if BIAS
          s\${i}_\${j} += bias_n;
//# end
//# if VEC == 4
//# if ACCUMULATE
          s\${i}_\${j} += vec4f(c[at / 4u]);
//# end
          c[at / 4u] = c_t(s\${i}_\${j});
//# else
//# repeat x 0 4
          if (n + \${x}u < params.N) {
//# if ACCUMULATE
            s\${i}_\${j}[\${x}] += f32(c[at + \${x}u]);
//# end
            c[at + \${x}u] = c_t(s\${i}_\${j}[\${x}]);
          }
//# end
//# end
        }
      }
//# end
    }
  }
//# end
}
`,
  matrix_multiply_add: `// What matrix units do when nothing else is to be done: each subgroup adds 8 LOOPS products of
// fragments of ones to 4 fragments of results, and stores their sum, [MM,NN], in y. Its numbers are
// 4 * 8 LOOPS KK.
// Constants: MM, NN, KK, SG, SUBGROUPS (of a workgroup), LOOPS.
// Launched by matrixMultiplyAdds() in lib/ops/peaks.ts.
enable f16;
enable chromium_experimental_subgroup_matrix;
enable subgroups;
diagnostic(off, chromium.subgroup_matrix_uniformity);

//# include common

@group(0) @binding(0) var<storage, read_write> y: array<f32>;

alias Left = subgroup_matrix_left<f16, \${KK}, \${MM}>;
alias Right = subgroup_matrix_right<f16, \${NN}, \${KK}>;
alias Result = subgroup_matrix_result<f32, \${NN}, \${MM}>;

// Each result has a left fragment of its own, or the compiler could compute one for all.
var<workgroup> ones: array<f16, \${4 * MM * KK + KK * NN}>;
var<workgroup> results: array<f32, \${4 * SUBGROUPS * MM * NN}>;

@compute @workgroup_size(\${SG * SUBGROUPS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  for (var e = local; e < \${4 * MM * KK + KK * NN}u; e += \${SG * SUBGROUPS}u) { ones[e] = 1.0h; }
  workgroupBarrier();
  let right = subgroupMatrixLoad<Right, row_major>(&ones, \${4 * MM * KK}u, \${NN}u);
//# repeat c 0 4
  let left\${c} = subgroupMatrixLoad<Left, row_major>(&ones, \${c * MM * KK}u, \${KK}u);
  var x\${c}: Result;
//# end
  for (var n = group.z; n < group.z + \${LOOPS}u; n++) {
//# repeat step 0 8
//# repeat c 0 4
    x\${c} = subgroupMatrixMultiplyAccumulate(left\${c}, right, x\${c});
//# end
//# end
  }
  let subgroup = local / \${SG}u;
  let first = subgroup * \${4 * MM * NN}u;
//# repeat c 0 4
  subgroupMatrixStore<row_major>(&results, first + \${c * MM * NN}u, x\${c}, \${NN}u);
//# end
  workgroupBarrier();
  let at = (folded_index(group, groups) * \${SUBGROUPS}u + subgroup) * \${MM * NN}u;
  for (var e = local % \${SG}u; e < \${MM * NN}u; e += \${SG}u) {
    let own = first + e;
    y[at + e] = (results[own] + results[own + \${MM * NN}u]) +
      (results[own + \${2 * MM * NN}u] + results[own + \${3 * MM * NN}u]);
  }
}
`,
  modulation_backward: `// dmodulation[s, column + c] += sum over k < blocks of partials[s * blocks + k, start + c] for
// every c < width.
//
//   partials      [samples * blocks, partials_stride]
//   dmodulation   [samples, modulation_stride]
// All sizes and columns count Vecs, except blocks. A workgroup sums WG columns of a sample.
// Constants: VEC, WG.
// Launched by addModulationGrad() in lib/ops/modulation.ts.
//# include common
//# include vectors

struct Params {
  samples: u32,
  blocks: u32,
  width: u32,
  start: u32,
  partials_stride: u32,
  column: u32,
  modulation_stride: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<Vec>;
@group(0) @binding(1) var<storage, read_write> dmodulation: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles = (params.width + \${WG - 1}u) / \${WG}u;
  let tile = folded_index(group, groups);
  let sample = tile / tiles;
  let c = (tile % tiles) * \${WG}u + local;
  if (sample >= params.samples || c >= params.width) { return; }
  var sum = Vec();
  var at = sample * params.blocks * params.partials_stride + params.start + c;
  for (var k = 0u; k < params.blocks; k++) {
    sum += partials[at];
    at += params.partials_stride;
  }
  dmodulation[sample * params.modulation_stride + params.column + c] += sum;
}
`,
  multiply_add: `// y = sum_c x_c, where x_c = (c + 1) y at first and then 8 LOOPS times x_c = factor x_c + term: as
// plain a use of arithmetic as there is, in what y holds, f32 or f16. CHAINS vectors of 4 do not wait
// for each other; count counts vectors.
// Constants: WG, CHAINS, LOOPS.
// Launched by multiplyAdds() in lib/ops/peaks.ts.
//# include common

struct Params {
  count: u32,
  factor: f32,
  term: f32,
}

//# stored y 4
@group(0) @binding(0) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = folded_index(group, groups) * \${WG}u + local;
  if (i >= params.count) { return; }
  let factor = y_t(vec4f(params.factor));
  let term = y_t(vec4f(params.term));
//# repeat c 0 CHAINS
  var x\${c} = y[i] * y_t(vec4f(\${c + 1}));
//# end
  for (var n = group.z; n < group.z + \${LOOPS}u; n++) {
//# repeat step 0 8
//# repeat c 0 CHAINS
    x\${c} = fma(x\${c}, factor, term);
//# end
//# end
  }
  var sum = x0;
//# repeat c 1 CHAINS
  sum += x\${c};
//# end
  y[i] = sum;
}
`,
  muon_momentum: `// The momentum of Muon on a flat buffer, with the global-norm clip of the gradient, and the update
// that looks one step ahead (Nesterov):
//   g = grad min(1, clip / (norm + 1e-6)),  m = m + (1 - beta) (g - m),  u = g + beta (m - g)
// If the norm is not finite, m stays and u is 0.
//
//   grad, m, u   [count] Vecs
// Constants: VEC, WG, STEPS.
// Launched by Muon.step() in lib/train/muon.ts.
//# include elementwise
//# include finite
//# include vectors

struct Params {
  count: u32,
  clip: f32,
  beta: f32,
}

@group(0) @binding(0) var<storage, read> grad: array<Vec>;
@group(0) @binding(1) var<storage, read_write> m: array<Vec>;
@group(0) @binding(2) var<storage, read_write> u: array<Vec>;
@group(0) @binding(3) var<storage, read> norm: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (!is_finite(norm[0])) {
    u[i] = Vec();
    return;
  }
  let g = grad[i] * min(1.0, params.clip / (norm[0] + 1e-6));
  let mean = m[i] + (1.0 - params.beta) * (g - m[i]);
  m[i] = mean;
  u[i] = g + params.beta * (mean - g);
}
`,
  muon_step: `// A step of Muon on a flat buffer: p = keep p - step_size u, with keep = 1 - lr weight_decay. If the
// norm is not finite, nothing changes.
//
//   p, u   [count] Vecs
// Constants: VEC, WG, STEPS.
// Launched by Muon.step() in lib/train/muon.ts.
//# include elementwise
//# include finite
//# include vectors

struct Params {
  count: u32,
  keep: f32,
  step_size: f32,
}

@group(0) @binding(0) var<storage, read_write> p: array<Vec>;
@group(0) @binding(1) var<storage, read> u: array<Vec>;
@group(0) @binding(2) var<storage, read> norm: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  if (!is_finite(norm[0])) { return; }
  p[i] = params.keep * p[i] - params.step_size * u[i];
}
`,
  one_hot: `// y[r, tokens[row_start + r]] = 1; y is zero before. A token beyond the columns writes nothing.
//
//   tokens   [.. rows]
//   y        [count, columns]
// An element is a row.
// Constants: WG, STEPS.
// Launched by oneHotRows() in lib/ops/row_sources.ts.
//# include elementwise

struct Params {
  count: u32,
  columns: u32,
  row_start: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
//# stored y
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(row: u32) {
  let token = tokens[params.row_start + row];
  if (token < params.columns) { y[row * params.columns + token] = y_t(1.0); }
}
`,
  pad_rows: `// image[r, c] = x[r, c] for r < rows and c < columns, else 0: a matrix whose rows are x_stride
// apart as an image (lib/gpu/image.ts) of rows of \`columns4\` texels, zeros to the end of each and
// in the rows after the last. An element is a texel.
// Constants: WG, STEPS.
// Launched by operandImage() in lib/ops/matmul_register.ts.
//# include elementwise
//# include texel

struct Params {
  count: u32,
  rows: u32,
  columns: u32,
  columns4: u32,
  x_start: u32,
  x_stride: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# if image_f16
@group(0) @binding(1) var image: texture_storage_2d<rgba16float, write>;
//# else
@group(0) @binding(1) var image: texture_storage_2d<rgba32float, write>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let row = i / params.columns4;
  let col = (i % params.columns4) * 4u;
  let at = params.x_start + row * params.x_stride + col;
  var value = vec4f();
//# repeat j 0 4
  if (row < params.rows && col + \${j}u < params.columns) { value[\${j}] = f32(x[at + \${j}u]); }
//# end
  textureStore(image, texel(i), value);
}
`,
  random_fill: `// y[i] = offset + factor * r[start + i], i < count: uniform numbers in [0, 1) or standard
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

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let key = vec2u(params.key_low, params.key_high);
  var draw = (params.start >> 2u) + folded_index(group, groups) * \${WG * STEPS}u + local;
  for (var step = 0u; step < \${STEPS}u; step++) {
    let words = philox(vec4u(draw, params.counter_1, params.counter_2, params.counter_3), key);
//# if NORMAL
    let values = params.offset + params.factor * normals(words);
//# else
    let values = params.offset + params.factor * (vec4f(words >> vec4u(8u)) * 0x1p-24);
//# end
//# repeat i 0 4
    // Wraps around below the start, so that one comparison is enough.
    let i\${i} = 4u * draw + \${i}u - params.start;
    if (i\${i} < params.count) { y[i\${i}] = values[\${i}]; }
//# end
    draw += \${WG}u;
  }
}
`,
  rotary: `// Rotary position embedding of q and k, in place, half-split: with a = x[i], b = x[i + d/2] of
// a head at position p and the angle of (p, i),
//   x[i] = a cos - b sin,   x[i + d/2] = b cos + a sin.
// direction = -1 turns back, which is the gradient.
//
//   qkv    [rows, 3*heads*d] as vectors of WIDTH; v is left alone
//   table  cosines [table_length, d/2], then sines (from vector \`sines\` on), as vectors
// half = d/2 / WIDTH; count = rows * 2*heads * half: an element is WIDTH pairs.
// Constants: WG, STEPS; WIDTH 2 or 4.
// Launched by rotary() in lib/ops/rotary.ts.
//# include elementwise

struct Params {
  count: u32,
  length: u32,
  heads: u32,
  half: u32,
  sines: u32,
  direction: f32,
}

//# stored qkv WIDTH
@group(0) @binding(0) var<storage, read_write> qkv: array<qkv_t>;
@group(0) @binding(1) var<storage, read> table: array<vec\${WIDTH}f>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(index: u32) {
  let i = index % params.half;
  let head = index / params.half;
  let row = head / (2u * params.heads);
  // The heads of q and k lie side by side, then come those of v.
  let a_at = (head + row * params.heads) * 2u * params.half + i;
  let b_at = a_at + params.half;
  let angle = (row % params.length) * params.half + i;
  let c = table[angle];
  let s = params.direction * table[params.sines + angle];
  let a = vec\${WIDTH}f(qkv[a_at]);
  let b = vec\${WIDTH}f(qkv[b_at]);
  qkv[a_at] = qkv_t(a * c - b * s);
  qkv[b_at] = qkv_t(b * c + a * s);
}
`,
  scale: `// y (+)= factor · x, elementwise; count counts Vecs.
// Constants: VEC, WG, STEPS, ACCUMULATE.
// Launched by scaleInto() in lib/ops/scale.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
  factor: f32,
}

//# stored x VEC
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# stored y VEC
@group(0) @binding(1) var<storage, read_write> y: array<y_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var value = params.factor * Vec(x[i]);
//# if ACCUMULATE
  value += Vec(y[i]);
//# end
  y[i] = y_t(value);
}
`,
  soft_cross_entropy: `// loss[m] = -sum_v q[m, v] log softmax(z)[m, v], where z is the logits, or cap tanh(logits / cap)
// if CAP, and the target is what other networks predict, whose logits are capped by TARGET_CAP:
//   q = softmax(first)                                     if NUM is 1,
//   q = share softmax(first) + (1 - share) softmax(second) if NUM is 2.
// If GRAD, logits[m, v] becomes dlogits[m, v] = (softmax(z) - q)[m, v] z'(logits) dloss[m] as
// well, in place; z' is 1 or 1 - (z / cap)^2. A lane or a workgroup a row.
//
// No probability is written: one reading of the rows keeps, for each matrix, a running maximum and
// the sum of exp(. - maximum), and for each target also that of exp(. - maximum) (z - maximum of
// z), whose terms have one sign.
//
//   logits, first, second   [rows, vocab], the chunk
//   shares                  one for every sample of length rows; the rows of the first begin at
//                           first_row of the whole (NUM 2)
//   loss                    one for every row of the whole; the chunk's begin at row_start
//   dloss                   likewise (GRAD)
// Constants: WG, LANES (WG or 1), CAP, TARGET_CAP, NUM (1 or 2), GRAD.
// Launched by predictionLosses() in lib/ops/soft_cross_entropy.ts.
//# include row_and_lane
//# include logit_at

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
//# if NUM == 2
  first_row: u32,
  length: u32,
//# end
  cap: f32,
  target_cap: f32,
}

//# stored logits
//# if GRAD
@group(0) @binding(0) var<storage, read_write> logits: array<logits_t>;
@group(0) @binding(5) var<storage, read> dloss: array<f32>;
//# else
@group(0) @binding(0) var<storage, read> logits: array<logits_t>;
//# end
//# stored first
@group(0) @binding(1) var<storage, read> first: array<first_t>;
//# if NUM == 2
//# stored second
@group(0) @binding(2) var<storage, read> second: array<second_t>;
@group(0) @binding(3) var<storage, read> shares: array<f32>;
//# end
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Below every logit, yet finite: exp(LOWEST - maximum) is 0 for every maximum that occurs.
const LOWEST = -1e30;

//# repeat n 1 NUM + 1
fn target\${n}_at(index: u32) -> f32 {
//# if n == 1
  let logit = f32(first[index]);
//# else
  let logit = f32(second[index]);
//# end
//# if TARGET_CAP
  return capped(logit, params.target_cap);
//# else
  return logit;
//# end
}
//# end

//# if LANES > 1
var<workgroup> lane_tops: array<vec\${NUM + 1}f, \${WG}>;
var<workgroup> lane_sums: array<vec\${NUM + 1}f, \${WG}>;
var<workgroup> lane_terms: array<vec2f, \${WG}>;
//# end

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let start = row * params.vocab;
  let whole_row = params.row_start + row;

  // Maxima and sums of z and of the targets, in this order.
  var tops = vec\${NUM + 1}f(LOWEST);
  var sums = vec\${NUM + 1}f();
  var terms = vec2f();
  for (var base = lane; base < params.vocab; base += \${LANES * 4}u) {
//# repeat u 0 4
    let at\${u} = start + min(base + \${LANES * u}u, params.vocab - 1u);
    let inside\${u} = base + \${LANES * u}u < params.vocab;
    let z0_\${u} = select(LOWEST, value_at(at\${u}), inside\${u});
//# repeat n 1 NUM + 1
    let z\${n}_\${u} = select(LOWEST, target\${n}_at(at\${u}), inside\${u});
//# end
//# end
    let before = tops;
//# repeat n 0 NUM + 1
    tops[\${n}] = max(before[\${n}], max(max(z\${n}_0, z\${n}_1), max(z\${n}_2, z\${n}_3)));
//# end
    let shrink = exp(before - tops);
//# repeat n 1 NUM + 1
    terms[\${n - 1}] = (terms[\${n - 1}] + sums[\${n}] * (before.x - tops.x)) * shrink[\${n}];
//# end
    sums *= shrink;
//# repeat u 0 4
    sums.x += exp(z0_\${u} - tops.x);
//# repeat n 1 NUM + 1
    let e\${n}_\${u} = exp(z\${n}_\${u} - tops[\${n}]);
    sums[\${n}] += e\${n}_\${u};
    terms[\${n - 1}] += e\${n}_\${u} * (z0_\${u} - tops.x);
//# end
//# end
  }
//# if LANES > 1
  lane_tops[local] = tops;
  for (var half = \${LANES / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { lane_tops[local] = max(lane_tops[local], lane_tops[local + half]); }
  }
  workgroupBarrier();
  let before = tops;
  tops = lane_tops[0];
  let shrink = exp(before - tops);
//# repeat n 1 NUM + 1
  terms[\${n - 1}] = (terms[\${n - 1}] + sums[\${n}] * (before.x - tops.x)) * shrink[\${n}];
//# end
  lane_sums[local] = sums * shrink;
  lane_terms[local] = terms;
  for (var half = \${LANES / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) {
      lane_sums[local] += lane_sums[local + half];
      lane_terms[local] += lane_terms[local + half];
    }
  }
  workgroupBarrier();
  sums = lane_sums[0];
  terms = lane_terms[0];
//# end
  let logs = log(sums);
//# if NUM == 2
  let share = shares[(whole_row - params.first_row) / params.length];
  let weights = vec2f(share, 1.0 - share);
//# else
  let weights = vec2f(1.0, 0.0);
//# end
  if (lane == 0u) {
    var total = logs.x;
//# repeat n 1 NUM + 1
    total -= weights[\${n - 1}] * terms[\${n - 1}] / sums[\${n}];
//# end
    loss[whole_row] = total;
  }
//# if GRAD
  let factor = dloss[whole_row];
  let end = start + params.vocab;
  for (var base = start + lane; base < end; base += \${LANES * 4}u) {
//# repeat u 0 4
    if (base + \${LANES * u}u < end) {
      let at = base + \${LANES * u}u;
      let z = value_at(at);
      var d = exp((z - tops.x) - logs.x);
//# repeat n 1 NUM + 1
      d -= weights[\${n - 1}] * exp((target\${n}_at(at) - tops[\${n}]) - logs[\${n}]);
//# end
      logits[at] = logits_t(d * slope_at(z) * factor);
    }
//# end
  }
//# end
}
`,
  softmax_rows: `// x[m, :] = softmax(z[m, :]), or log_softmax if LOG, in place, where z is x, capped to
// cap tanh(x / cap) if CAP and then times factor if SCALED. A lane or a workgroup a row.
//
//   x   [rows, columns]
// Constants: WG, LANES (WG or 1), LOG, CAP, SCALED.
// Launched by normalizeRows() in lib/ops/softmax.ts.
//# include row_and_lane
//# include row_lse
//# if CAP
//# include capped
//# end

struct Params {
  rows: u32,
  columns: u32,
  factor: f32,
  cap: f32,
}

//# stored x
@group(0) @binding(0) var<storage, read_write> x: array<x_t>;
@group(1) @binding(0) var<uniform> params: Params;

fn value_at(index: u32) -> f32 {
//# if CAP
  let z = capped(f32(x[index]), params.cap);
//# else
  let z = f32(x[index]);
//# end
//# if SCALED
  return params.factor * z;
//# else
  return z;
//# end
}

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let first = row * params.columns;
  let lse = row_lse(first, params.columns, lane);
  for (var base = lane; base < params.columns; base += \${LANES * 4}u) {
//# repeat u 0 4
    if (base + \${LANES * u}u < params.columns) {
      let at\${u} = first + base + \${LANES * u}u;
      let log\${u} = (value_at(at\${u}) - lse.x) - lse.y;
//# if LOG
      x[at\${u}] = x_t(log\${u});
//# else
      x[at\${u}] = x_t(exp(log\${u}));
//# end
    }
//# end
  }
}
`,
  squared_error_backward: `// The gradient of the logits, of which the error is e = constant + bias_scale * bias (constant
// has the logits without their bias in it, by their scale): in place, constant[m, v] becomes
//   dlogits[m, v] = 2 scale dloss[m] e[m, v].
//
//   constant              [rows, vocab], the chunk
//   bias                  [vocab]
//   scales, bias_scales   one for every sample of length rows
//   dloss                 one for every row of the whole; the chunk's begin at row_start
// count = rows * vocab.
// Constants: WG, STEPS.
// Launched by squaredErrorHead() in lib/ops/squared_error.ts.
//# include elementwise

struct Params {
  count: u32,
  vocab: u32,
  row_start: u32,
  length: u32,
}

//# stored constant
@group(0) @binding(0) var<storage, read_write> constant: array<constant_t>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> bias_scales: array<f32>;
@group(0) @binding(4) var<storage, read> dloss: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(at: u32) {
  let row = at / params.vocab;
  let whole_row = params.row_start + row;
  let sample = whole_row / params.length;
  let e = f32(constant[at]) + bias_scales[sample] * bias[at - row * params.vocab];
  constant[at] = constant_t(2.0 * scales[sample] * dloss[whole_row] * e);
}
`,
  squared_error_forward: `// loss[m] = sum_v e[m, v]^2 with the error e = constant + scale * prediction. The prediction is
// the softmax of z if SOFTMAX, z being the logits, or cap tanh(logits / cap) if CAP. Without
// SOFTMAX only the head's bias is left to be added: e = constant + scale * bias.
// A lane or a workgroup a row.
//
//   constant   [rows, vocab], the chunk
//   logits     [rows, vocab], the chunk (SOFTMAX)
//   bias       [vocab] (without SOFTMAX)
//   scales     one for every sample of length rows
//   loss       one for every row of the whole; the chunk's begin at row_start
//   lse        likewise: the maximum of z, and the log of the sum of exp(z - maximum) (SOFTMAX)
// Constants: WG, LANES (WG or 1), SOFTMAX, CAP.
// Launched by squaredErrorHead() in lib/ops/squared_error.ts and squaredErrorSoftmaxHead() in
// lib/ops/squared_error.ts.
//# include row_and_lane
//# include workgroup_sum
//# if SOFTMAX
//# include logit_at
//# include row_lse
//# end

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  length: u32,
  cap: f32,
}

//# stored constant
@group(0) @binding(0) var<storage, read> constant: array<constant_t>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
//# if SOFTMAX
//# stored logits
@group(0) @binding(3) var<storage, read> logits: array<logits_t>;
@group(0) @binding(4) var<storage, read_write> lse: array<vec2f>;
//# else
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let first = row * params.vocab;
  let whole_row = params.row_start + row;
  let scale = scales[whole_row / params.length];
//# if SOFTMAX
  let pair = row_lse(first, params.vocab, lane);
//# end
  var sum = 0.0;
  for (var base = lane; base < params.vocab; base += \${LANES * 4}u) {
//# repeat u 0 4
    let v\${u} = min(base + \${LANES * u}u, params.vocab - 1u);
//# if SOFTMAX
    let e\${u} = f32(constant[first + v\${u}]) + scale * exp((value_at(first + v\${u}) - pair.x) - pair.y);
//# else
    let e\${u} = f32(constant[first + v\${u}]) + scale * bias[v\${u}];
//# end
    let square\${u} = select(0.0, e\${u} * e\${u}, base + \${LANES * u}u < params.vocab);
//# end
    sum += (square0 + square1) + (square2 + square3);
  }
  let total = workgroup_sum(sum, local);
  if (lane == 0u) {
    loss[whole_row] = total;
//# if SOFTMAX
    lse[whole_row] = pair;
//# end
  }
}
`,
  squared_error_softmax_backward: `// The gradient of logits whose softmax p is the prediction in the error
// e = constant + scale * p: in place, logits[m, v] becomes
//   dlogits[m, v] = 2 scale dloss[m] p[m, v] (e[m, v] - sum_u p[m, u] e[m, u]) z'(logits),
// where p is the softmax of z, the logits or cap tanh(logits / cap) if CAP; z' is 1 or
// 1 - (z / cap)^2. A lane or a workgroup a row.
//
//   logits, constant   [rows, vocab], the chunk
//   scales             one for every sample of length rows
//   dloss              one for every row of the whole; the chunk's begin at row_start
//   lse                likewise: the maximum of z, and the log of the sum of exp(z - maximum)
// Constants: WG, LANES (WG or 1), CAP.
// Launched by squaredErrorSoftmaxHead() in lib/ops/squared_error.ts.
//# include row_and_lane
//# include logit_at
//# include workgroup_sum

struct Params {
  rows: u32,
  vocab: u32,
  row_start: u32,
  length: u32,
  cap: f32,
}

//# stored logits
@group(0) @binding(0) var<storage, read_write> logits: array<logits_t>;
//# stored constant
@group(0) @binding(1) var<storage, read> constant: array<constant_t>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> dloss: array<f32>;
@group(0) @binding(4) var<storage, read> lse: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let first = row * params.vocab;
  let whole_row = params.row_start + row;
  let scale = scales[whole_row / params.length];
  let pair = lse[whole_row];
  var sum = 0.0;
  for (var base = lane; base < params.vocab; base += \${LANES * 4}u) {
//# repeat u 0 4
    let at\${u} = first + min(base + \${LANES * u}u, params.vocab - 1u);
    let p\${u} = exp((value_at(at\${u}) - pair.x) - pair.y);
    let pe\${u} = p\${u} * (f32(constant[at\${u}]) + scale * p\${u});
//# end
//# repeat u 0 4
    sum += select(0.0, pe\${u}, base + \${LANES * u}u < params.vocab);
//# end
  }
  let mean = workgroup_sum(sum, local);
  let factor = 2.0 * scale * dloss[whole_row];
  for (var v = lane; v < params.vocab; v += \${LANES}u) {
    let at = first + v;
    let z = value_at(at);
    let p = exp((z - pair.x) - pair.y);
    logits[at] = logits_t(factor * p * ((f32(constant[at]) + scale * p) - mean) * slope_at(z));
  }
}
`,
  sum_finish: `// y[0] = scale sum of partials[i], i < count, or its root if ROOT: the second level of a sum
// in a fixed order, by one workgroup.
// Constants: ROOT, LANES.
// Launched by finishSum() in lib/ops/sum.ts.
//# include workgroup_sum

struct Params {
  count: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${LANES})
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var i = local; i < params.count; i += \${LANES}u) {
    sum += partials[i];
  }
  let total = params.scale * workgroup_sum(sum, local);
  if (local == 0u) {
//# if ROOT
    y[0] = sqrt(total);
//# else
    y[0] = total;
//# end
  }
}
`,
  sum_partials: `// partials[start + g] = sum of x[i], of mask[i] x[i] if MASK, or of x[i]^2 if SQUARE, over the
// g-th slab of \`slab\` elements: the first of two levels of a sum in a fixed order.
//
//   x, mask    [count]
// A workgroup sums a slab.
// Constants: MASK, SQUARE, LANES.
// Launched by sumSlabs() in lib/ops/sum.ts.
//# include common
//# include workgroup_sum

struct Params {
  count: u32,
  slab: u32,
  start: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
//# if MASK
@group(0) @binding(2) var<storage, read> mask: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${LANES})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let g = folded_index(group, groups);
  let first = g * params.slab;
  if (first >= params.count) { return; }
  let end = min(first + params.slab, params.count);
  var sum = 0.0;
  for (var base = first; base < end; base += \${LANES * 8}u) {
//# repeat u 0 8
    let i\${u} = base + \${LANES * u}u + local;
    let at\${u} = min(i\${u}, params.count - 1u);
    var v\${u} = x[at\${u}];
//# if SQUARE
    v\${u} *= v\${u};
//# end
//# if MASK
    v\${u} *= mask[at\${u}];
//# end
    sum += select(0.0, v\${u}, i\${u} < end);
//# end
  }
  let total = workgroup_sum(sum, local);
  if (local == 0u) { partials[params.start + g] = total; }
}
`,
  sum_rows: `// y[slab, n] (+)= sum over the slab's rows of x[m, n]; the rows are added in order, so the
// sum is the same in every run.
//
//   x   [rows, columns], first element x_start, row stride x_stride
//   y   [ceil(rows / slab_rows), columns] from y_start, packed
// A workgroup sums WG columns of a slab; lanes read neighbouring columns.
// Constants: WG, ACCUMULATE.
// Launched by pass() in lib/ops/sum_rows.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
  slab_rows: u32,
  x_start: u32,
  x_stride: u32,
  y_start: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tiles = (params.columns + \${WG - 1}u) / \${WG}u;
  let tile = folded_index(group, groups);
  let slab = tile / tiles;
  let col = (tile % tiles) * \${WG}u + local;
  let first = slab * params.slab_rows;
  if (first >= params.rows || col >= params.columns) { return; }
  let rows = min(params.slab_rows, params.rows - first);
  var at = params.x_start + first * params.x_stride + col;
  var sum = 0.0;
  for (var step = 0u; step < rows / 8u; step++) {
//# repeat i 0 8
    sum += f32(x[at + \${i}u * params.x_stride]);
//# end
    at += 8u * params.x_stride;
  }
  for (var step = 0u; step < rows % 8u; step++) {
    sum += f32(x[at]);
    at += params.x_stride;
  }
  let to = params.y_start + slab * params.columns + col;
//# if ACCUMULATE
  sum += y[to];
//# end
  y[to] = sum;
}
`,
  timestep_embedding: `// y[b, i] = cos(times[b] f_i) and y[b, half + i] = sin(times[b] f_i) for i < half, with
// f_i = exp(-ln(10000) i / half).
//
//   times   [rows]
//   y       [rows, 2 * half]
// count = rows * half.
// Constants: WG, STEPS.
// Launched by timestepEmbedding() in lib/ops/timestep_embedding.ts.
//# include elementwise
//# include sin_cos

struct Params {
  count: u32,
  half: u32,
}

@group(0) @binding(0) var<storage, read> times: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(index: u32) {
  let row = index / params.half;
  let i = index % params.half;
  let frequency = exp(-9.210340371976184 * f32(i) / f32(params.half));
  let value = cos_sin_of_turns(fract(times[row] * frequency * 0.15915494309189535));
  y[2u * row * params.half + i] = value.x;
  y[(2u * row + 1u) * params.half + i] = value.y;
}
`,
  top_p_rows: `// Keeps the most likely entries of every row of probabilities p that sum to at least top_p, divides
// them by their sum, and makes the others 0; in place. Of equal entries all are kept, or none. A
// lane or a workgroup a row.
//
// What is kept is p >= t with the largest t whose sum is enough. Positive numbers are ordered as
// their bits are, so that t is found three bits at a time: of its next eighths the last that is
// still enough. Bits 30 and 31 are 0 in numbers below 2.
//
//   p   [rows, columns], each row sums to 1
// Constants: WG, LANES (WG or 1).
// Launched by topPRows() in lib/ops/top_p.ts.
//# include row_and_lane

struct Params {
  rows: u32,
  columns: u32,
  top_p: f32,
}

//# stored p
@group(0) @binding(0) var<storage, read_write> p: array<p_t>;
@group(1) @binding(0) var<uniform> params: Params;
//# if LANES > 1

var<workgroup> lane_sums: array<f32, \${7 * LANES}>;
//# end

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = row_of(group, groups, local);
  let lane = lane_of(local);
  if (row >= params.rows) { return; }
  let first = row * params.columns;
  // All entries are enough, whatever their rounded sum is.
  var threshold = 0u;
  var kept = 1.0;
  for (var digit = 0u; digit < 10u; digit++) {
    let shift = 27u - 3u * digit;
//# repeat k 1 8
    let t\${k} = threshold + (\${k}u << shift);
    var s\${k} = 0.0;
//# end
    for (var base = 0u; base < params.columns; base += \${LANES * 4}u) {
//# repeat u 0 4
      let i\${u} = base + \${LANES * u}u + lane;
      let p\${u} = select(0.0, f32(p[first + min(i\${u}, params.columns - 1u)]), i\${u} < params.columns);
      let b\${u} = bitcast<u32>(p\${u});
//# end
//# repeat k 1 8
      s\${k} += (select(0.0, p0, b0 >= t\${k}) + select(0.0, p1, b1 >= t\${k}))
        + (select(0.0, p2, b2 >= t\${k}) + select(0.0, p3, b3 >= t\${k}));
//# end
    }
//# if LANES > 1
//# repeat k 1 8
    lane_sums[\${(k - 1) * LANES}u + lane] = s\${k};
//# end
    for (var half = \${LANES / 2}u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lane < half) {
//# repeat k 1 8
        lane_sums[\${(k - 1) * LANES}u + lane] += lane_sums[\${(k - 1) * LANES}u + lane + half];
//# end
      }
    }
    workgroupBarrier();
//# repeat k 1 8
    s\${k} = lane_sums[\${(k - 1) * LANES}];
//# end
    // The sums are read before those of the next digit take their place.
    workgroupBarrier();
//# end
    // The sums fall from eighth to eighth.
//# repeat k 1 8
    if (s\${k} >= params.top_p) {
      threshold = t\${k};
      kept = s\${k};
    }
//# end
  }
  for (var base = lane; base < params.columns; base += \${LANES}u) {
    let value = f32(p[first + base]);
    p[first + base] = p_t(select(0.0, value / kept, bitcast<u32>(value) >= threshold));
  }
}
`,
  unscale: `// y[i] = y[i] / scale[0]; count counts Vecs.
// Constants: VEC, WG, STEPS.
// Launched by LossScale.unscale() in lib/train/loss_scale.ts.
//# include elementwise
//# include vectors

struct Params {
  count: u32,
}

@group(0) @binding(0) var<storage, read> scale: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<Vec>;
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) { y[i] = y[i] * (1.0 / scale[0]); }
`,
  void_rows: `// y[m] = 0xffffffff where x[m, :] holds a NaN or an infinity; other entries stay as they are. An
// invocation a row.
//
//   x   [rows, columns]
// Constants: WG.
// Launched by voidRows() in lib/ops/argmax.ts.
//# include common

struct Params {
  rows: u32,
  columns: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = folded_index(group, groups) * \${WG}u + local;
  if (row >= params.rows) { return; }
  let first = row * params.columns;
  let last = params.columns - 1u;
  // Comparisons do not tell NaN on every driver; the exponent's bits do.
  var exponent = 0u;
  for (var base = 0u; base < params.columns; base += 8u) {
//# repeat u 0 8
    exponent = max(exponent, bitcast<u32>(f32(x[first + min(base + \${u}u, last)])) & 0x7f800000u);
//# end
  }
  if (exponent == 0x7f800000u) { y[row] = 0xffffffffu; }
}
`,
  weighted_mean_backward: `// dx[i] (+)= scale dy[0], or scale dy[0] mask[i] if MASK.
// Constants: WG, STEPS, MASK, ACCUMULATE.
// Launched by meanGrad() in lib/ops/weighted_mean.ts.
//# include elementwise

struct Params {
  count: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
//# if MASK
@group(0) @binding(2) var<storage, read> mask: array<f32>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  var d = params.scale * dy[0];
//# if MASK
  d *= mask[i];
//# end
//# if ACCUMULATE
  d += dx[i];
//# end
  dx[i] = d;
}
`,
};

/** What kernels include: kernels/include/NAME.wgsl. */
export const includes: Readonly<Record<string, string>> = {
  activation: `// activation(x), and activation_slope(x), its derivative.
// Constants: FORM (0: SiLU, 1: GELU in its tanh form, 2: GELU in its exact form), VEC.
//# if FORM == 0
//# include silu
//# end
//# if FORM == 1
//# include gelu
//# end
//# if FORM == 2
//# include gelu_erf
//# end
`,
  attention: `// What the streaming kernels of attention share: where queries, keys and values are read.
// Constants: TILE (see attention_forward).
//# include texel
//# include attention_part

// [sequences*length, 3*heads*d] as vectors of 4: q, k, v, then heads; an image if TILE is 0.
//# if TILE
//# stored qkv 4
@group(0) @binding(0) var<storage, read> qkv: array<qkv_t>;

fn qkv_at(i: u32) -> vec4f { return vec4f(qkv[i]); }
//# else
//# if qkv_f16
@group(0) @binding(0) var qkv: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(0) var qkv: texture_storage_2d<rgba32float, read>;
//# end

fn qkv_at(i: u32) -> vec4f { return textureLoad(qkv, texel(i)); }
//# end
`,
  attention_keys: `// The keys and values that queries stream over: through workgroup memory, TILE at a time, or
// read by every invocation if TILE is 0. \`hidden\` is heads*d in vectors of 4.
// Constants: as in attention_forward.
//# include attention

// How many keys the LANES * ROWS queries from first_query on see.
fn seen_keys(first_query: u32) -> u32 {
//# if CAUSAL
  // Keys after the last of these queries are left out.
  return min(params.length, first_query + \${LANES * ROWS}u);
//# else
  return params.length;
//# end
}

//# if TILE
var<workgroup> k_tile: array<vec4f, \${TILE * D4}>;
var<workgroup> v_tile: array<vec4f, \${TILE * D4}>;

// Loads the tile that begins with key \`start\`; \`keys\` is where the sequence's keys begin. Must be
// called in uniform control flow.
fn load_keys(keys: u32, start: u32, hidden: u32, lane: u32) {
  workgroupBarrier();
  for (var e = lane; e < \${TILE * D4}u; e += \${LANES}u) {
    // Keys beyond the last read the last one, and are not used.
    let key = min(start + e / \${D4}u, params.length - 1u);
    let source = keys + key * (3u * hidden) + e % \${D4}u;
    k_tile[e] = qkv_at(source);
    v_tile[e] = qkv_at(source + hidden);
  }
  workgroupBarrier();
}

// Vector c of the key that begins at \`key\` in the tile, and of its value.
fn k_at(key: u32, c: u32) -> vec4f { return k_tile[key + c]; }
fn v_at(key: u32, c: u32, hidden: u32) -> vec4f { return v_tile[key + c]; }
//# else
// Vector c of the key that begins at \`key\` in qkv, and of its value.
fn k_at(key: u32, c: u32) -> vec4f { return qkv_at(key + c); }
fn v_at(key: u32, c: u32, hidden: u32) -> vec4f { return qkv_at(key + hidden + c); }
//# end
`,
  attention_matrix: `// What the kernels of attention on matrix units share.
//
// A workgroup owns positions of a head of a sequence, FM fragments of rows for each of W subgroups
// of SG invocations. The other positions stream past, BN at a time, in tile_a and tile_b. Scores
// are products of both, [owned, streamed]: they pass through workgroup memory to the invocations
// that have a row, some each, and what these make of them goes back as f16 weights. Heads are
// filled up with zeros to C times BN dimensions. Rows of workgroup memory are 16 bytes longer than
// what they hold, so that those below each other lie in different banks.
// Constants: D4 = d/4; MM, NN, KK, SG (the units); W, FM, BN, C; CAP and CAUSAL.
//# include attention_part
//# include attention_score

// [sequences*length, 3*heads*d] as vectors of 4: q, k, v, then heads.
//# stored qkv 4
@group(0) @binding(0) var<storage, read> qkv: array<qkv_t>;

const INVOCATIONS = \${SG * W}u;
const OWNED = \${W * FM * MM}u;
// Invocations that share a row of scores, all of the subgroup whose fragments it is in.
const SHARERS = \${SG / (FM * MM)}u;
const VECTORS = \${BN / 4}u;
const TILE_STRIDE = \${C * BN + 8}u;
const SCORES_STRIDE = \${BN + 4}u;
const WEIGHTS_STRIDE = \${BN + 8}u;

var<workgroup> tile_a: array<f16, \${BN * (C * BN + 8)}>;
var<workgroup> tile_b: array<f16, \${BN * (C * BN + 8)}>;
var<workgroup> scores: array<f32, \${W * FM * MM * (BN + 4)}>;
var<workgroup> weights: array<f16, \${W * FM * MM * (BN + 8)}>;
// A number of each invocation, to be added up over a row.
var<workgroup> shares: array<f32, \${SG * W}>;

// Vector c of the head at a position in q (0), k (1) or v (2); 0 beyond the sequence and the head.
fn qkv_at(part: Part, which: u32, position: u32, c: u32) -> vec4<f16> {
  if (position >= params.length || c >= \${D4}u) { return vec4<f16>(); }
  let row = 3u * (part.first_row + position) + which;
  return vec4<f16>(qkv[row * params.heads * \${D4}u + part.column + c]);
}

// Puts a vector of a streamed position into each tile.
fn put_streamed(position: u32, c: u32, a: vec4<f16>, b: vec4<f16>) {
  let at = position * TILE_STRIDE + 4u * c;
//# repeat x 0 4
  tile_a[at + \${x}u] = a[\${x}];
  tile_b[at + \${x}u] = b[\${x}];
//# end
}

// Loads the keys and values from position \`start\` on.
fn stream_keys(part: Part, start: u32, local: u32) {
  workgroupBarrier();
  for (var e = local; e < \${BN * C * BN / 4}u; e += INVOCATIONS) {
    let position = e / (\${C}u * VECTORS);
    let c = e % (\${C}u * VECTORS);
    let k = qkv_at(part, 1u, start + position, c);
    let v = qkv_at(part, 2u, start + position, c);
    put_streamed(position, c, k, v);
  }
  workgroupBarrier();
}

// Puts vector c of a row into the weights.
fn put_owned(row: u32, c: u32, value: vec4<f16>) {
  let at = row * WEIGHTS_STRIDE + 4u * c;
//# repeat x 0 4
  weights[at + \${x}u] = value[\${x}];
//# end
}

// Loads BN dimensions, the chunk-th time so many, of the owned positions into the weights, from
// where they become fragments.
fn own_qkv(part: Part, which: u32, chunk: u32, local: u32) {
  workgroupBarrier();
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let row = e / VECTORS;
    let c = e % VECTORS;
    put_owned(row, c, qkv_at(part, which, part.first_position + row, chunk * VECTORS + c));
  }
  workgroupBarrier();
}

// Vector c of a row of scores.
fn scores_at(row: u32, c: u32) -> vec4f {
  let at = row * SCORES_STRIDE + 4u * c;
  return vec4f(scores[at], scores[at + 1u], scores[at + 2u], scores[at + 3u]);
}

// The sum of the shares of a row.
fn shared_sum(row: u32) -> f32 {
  var sum = shares[row * SHARERS];
  for (var i = 1u; i < SHARERS; i++) { sum += shares[row * SHARERS + i]; }
  return sum;
}
`,
  attention_matrix_backward: `// What the backward kernels of attention on matrix units share: the gradient that comes in, and
// how those of queries, keys and values are stored.
// Constants: as in attention_matrix; ACCUMULATE.
//# include attention_matrix

//# stored d_o 4
@group(0) @binding(1) var<storage, read> d_o: array<d_o_t>;
//# stored d_qkv 4
@group(0) @binding(2) var<storage, read_write> d_qkv: array<d_qkv_t>;

// Vector c of the head at a position of d_o; 0 beyond the sequence and the head.
fn d_o_at(part: Part, position: u32, c: u32) -> vec4<f16> {
  if (position >= params.length || c >= \${D4}u) { return vec4<f16>(); }
  let row = part.first_row + position;
  return vec4<f16>(d_o[row * params.heads * \${D4}u + part.column + c]);
}

// What the scores hold, times scale, becomes BN dimensions of the gradient of q (0), k (1) or
// v (2) at the owned positions, or is added to it.
fn store_grad(part: Part, which: u32, chunk: u32, scale: f32, local: u32) {
  for (var e = local; e < OWNED * VECTORS; e += INVOCATIONS) {
    let position = part.first_position + e / VECTORS;
    let c = chunk * VECTORS + e % VECTORS;
    if (position < params.length && c < \${D4}u) {
      let row = 3u * (part.first_row + position) + which;
      let at = row * params.heads * \${D4}u + part.column + c;
      var value = scale * scores_at(e / VECTORS, e % VECTORS);
//# if ACCUMULATE
      value += vec4f(d_qkv[at]);
//# end
      d_qkv[at] = d_qkv_t(value);
    }
  }
}
`,
  attention_matrix_products: `// A part of main of the backward kernels of attention on matrix units, in its loop over what streams
// past: the products of the fragments a and b, which are owned, with the transposes of tile_a and
// tile_b. Those of a become the scores, those of b the fragments dp.
// Constants: as in attention_matrix.
//# repeat i 0 FM
//# repeat j 0 BN / NN
    var s\${i}_\${j} = Result();
    var dp\${i}_\${j} = Result();
//# end
//# end
//# repeat k 0 C * BN / KK
//# repeat j 0 BN / NN
    {
      let right_a = subgroupMatrixLoad<Right, col_major>(
        &tile_a, \${j * NN}u * TILE_STRIDE + \${k * KK}u, TILE_STRIDE);
      let right_b = subgroupMatrixLoad<Right, col_major>(
        &tile_b, \${j * NN}u * TILE_STRIDE + \${k * KK}u, TILE_STRIDE);
//# repeat i 0 FM
      s\${i}_\${j} = subgroupMatrixMultiplyAccumulate(a\${i}_\${k}, right_a, s\${i}_\${j});
      dp\${i}_\${j} = subgroupMatrixMultiplyAccumulate(b\${i}_\${k}, right_b, dp\${i}_\${j});
//# end
    }
//# end
//# end
//# repeat i 0 FM
//# repeat j 0 BN / NN
    subgroupMatrixStore<row_major>(
      &scores, (own + \${i * MM}u) * SCORES_STRIDE + \${j * NN}u, s\${i}_\${j}, SCORES_STRIDE);
//# end
//# end
    workgroupBarrier();
`,
  attention_out_grad: `// The gradient of what attention gives, [sequences*length, heads*d] as vectors of 4: an image if
// TILE is 0.
//# if TILE
//# stored d_o 4
@group(0) @binding(1) var<storage, read> d_o: array<d_o_t>;

fn d_o_at(i: u32) -> vec4f { return vec4f(d_o[i]); }
//# else
//# if d_o_f16
@group(0) @binding(1) var d_o: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(1) var d_o: texture_storage_2d<rgba32float, read>;
//# end

fn d_o_at(i: u32) -> vec4f { return textureLoad(d_o, texel(i)); }
//# end
`,
  attention_params: `// The members of the \`struct Params\` of every kernel of attention. The workgroups of a head of a
// sequence are \`tiles\`; score_scale is 1 / (CAP sqrt(d)) if CAP, else 1 / sqrt(d).
  length: u32,
  heads: u32,
  sequence_heads: u32,
  tiles: u32,
  score_scale: f32,
`,
  attention_part: `// Which part of attention's work a workgroup has. A kernel's \`params\` has length, heads and tiles,
// the workgroups of a head of a sequence.
// Constants: D4 = d/4.

// The same for all invocations of a workgroup, so that main may return on it.
struct Part {
  // Number of the sequence and head; none if it is sequence_heads or more.
  sequence_head: u32,
  // First row of the sequence.
  first_row: u32,
  // First column of the head, in vectors of 4.
  column: u32,
  // First of the positions of the workgroup.
  first_position: u32,
}

// The part of a workgroup that has so many positions.
fn part_of(job: u32, positions: u32) -> Part {
  let sequence_head = job / params.tiles;
  return Part(
    sequence_head,
    (sequence_head / params.heads) * params.length,
    (sequence_head % params.heads) * \${D4}u,
    (job % params.tiles) * positions,
  );
}
`,
  attention_score: `// What becomes of scores, in forward and backward of attention: the soft cap, and the exponential.
// Constants: CAP (the bound of the scores, 1 to 64; 0 for none).

// sum + a·b, one product after the other.
fn add_dot(a: vec4f, b: vec4f, sum: f32) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

// tanh(u): u times a rational function of u^2, minimax on |u| <= 9 with relative error 2e-8;
// beyond, tanh is 1 in f32. The built-in is only good to 1e-7 absolutely, which the soft cap
// would multiply.
fn cap_tanh(score: f32) -> f32 {
  let u = clamp(score, -9.0, 9.0);
  let w = u * u;
  let p = fma(w, fma(w, fma(w, fma(w, 1.33547079e-8, 2.06091190e-5), 3.49559050e-3), 0.133810277), 1.0);
  let q = fma(w, fma(w, fma(w, fma(w, 7.77657826e-7, 3.28563860e-4), 2.58769914e-2), 0.467143433), 1.0);
  return u * p / q;
}

// exp(x) for |x| <= 80, to f32 precision: with x = n ln 2 + r, a polynomial of r (minimax,
// relative error 1e-8) and n put into the exponent bits. The built-in's error may grow with |x|.
fn exact_exp(x: f32) -> f32 {
  let n = round(x * 1.44269504);
  let r = fma(n, -1.42860682e-6, fma(n, -0.693145752, x));
  let p = fma(r, fma(r, fma(r, fma(r, 1.39012065e-3, 8.36314761e-3), 4.16668542e-2), 0.166665773), 0.5);
  return fma(r * r, p, 1.0 + r) * bitcast<f32>(i32(fma(n, 8388608.0, 1065353216.0)));
}

//# if CAP
// exp(CAP t) for |t| <= 1.
fn cap_exp(t: f32) -> f32 { return exact_exp(\${CAP}.0 * t); }
//# end

// Below every score, yet finite.
const LOWEST = -1e30;

// exp(x) for x of at most about 0; 0 where that would be less than 2e-35.
fn shifted_exp(x: f32) -> f32 {
  return select(0.0, exact_exp(clamp(x, -80.0, 80.0)), x > -80.0);
}
`,
  capped: `// The soft cap of logits: cap tanh(x / cap).
fn capped(x: f32, cap: f32) -> f32 {
  // tanh saturates in f32 beyond 10, and some drivers overflow there.
  return cap * tanh(clamp(x / cap, -10.0, 10.0));
}
`,
  common: `// Index of a workgroup in a grid folded over x and y (see foldGrid).
fn folded_index(id: vec3u, count: vec3u) -> u32 {
  return id.y * count.x + id.x;
}
`,
  dropout: `// Dropout of a Vec of a sample, from Philox: number i of the sample (position * hidden + column)
// takes lane i & 3 of the draw with the counter (i >> 2, layer, sample, step), and is kept if
// its upper 24 bits are at least keep_from = ceil(rate * 2^24).
// Constants: VEC.
//# include philox
//# include vectors

struct DropoutDraw {
  key: vec2u,
  layer: u32,
  sample: u32,
  step: u32,
  keep_from: u32,
  // 1 / (1 - rate)
  factor: f32,
}

// What Vec number i of the sample is multiplied by.
fn dropout_mask(i: u32, draw: DropoutDraw) -> Vec {
//# if VEC == 4
  let words = philox(vec4u(i, draw.layer, draw.sample, draw.step), draw.key);
  return select(vec4f(), vec4f(draw.factor), (words >> vec4u(8u)) >= vec4u(draw.keep_from));
//# else
  let words = philox(vec4u(i >> 2u, draw.layer, draw.sample, draw.step), draw.key);
  return select(0.0, draw.factor, (words[i & 3u] >> 8u) >= draw.keep_from);
//# end
}
`,
  dropout_draw: `// The draw of a sample's dropout. The file that includes this one has the variable \`params\`, with
// dropout_params, and, if SAMPLES, the binding \`samples\`.
// Constants: VEC, DROPOUT, SAMPLES (with DROPOUT).
//# if DROPOUT
//# include dropout
//# include sample_index

fn dropout_draw(sample: u32) -> DropoutDraw {
  return DropoutDraw(
    vec2u(params.key_low, params.key_high),
    params.layer,
    sample_index(sample),
    params.step,
    params.keep_from,
    params.factor,
  );
}
//# end
`,
  dropout_params: `// The members of a kernel's \`struct Params\` that its dropout needs.
// Constants: DROPOUT.
//# if DROPOUT
  key_low: u32,
  key_high: u32,
  layer: u32,
  first_sample: u32,
  step: u32,
  keep_from: u32,
  factor: f32,
//# end
`,
  elementwise: `// The entry point of elementwise kernels: calls element(i), which the file that includes this one
// has, for every i below params.count. An invocation takes STEPS of them, WG apart, since starting
// one costs more than an element does.
// Constants: WG, STEPS.
//# include common

@compute @workgroup_size(\${WG})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let first = folded_index(group, groups) * \${WG * STEPS}u;
  let end = min(first + \${WG * STEPS}u, params.count);
  for (var i = first + local; i < end; i += \${WG}u) { element(i); }
}
`,
  finite: `// Whether x is neither NaN nor infinite: by the bits of its exponent, since comparisons do not tell NaN
// on every driver.
fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}
`,
  gated_residual: `// The parameters of gated_residual_forward and gated_residual_backward.
// Constants: DROPOUT, GATE.

struct Params {
  samples: u32,
  length: u32,
  hidden: u32,
//# if GATE
  modulation_stride: u32,
  gate: u32,
//# end
//# include dropout_params
}
`,
  gelu: `// GELU in its tanh form: x/2 (1 + tanh(u)), u = sqrt(2/pi) (x + 0.044715 x^3).
// With s = sigmoid(2u) it is x s, and its slope s + x s (1 - s) 2 du/dx.
//# include vectors

// sigmoid(2u); bounded so that exp does not overflow: the result there is 0 to f32 already.
fn gelu_gate(x: Vec) -> Vec {
  return 1.0 / (1.0 + exp(min(-1.5957691216 * (x + 0.044715 * x * x * x), Vec(80.0))));
}

fn activation(x: Vec) -> Vec { return x * gelu_gate(x); }

fn activation_slope(x: Vec) -> Vec {
  let s = gelu_gate(x);
  return s + x * s * (1.0 - s) * (1.5957691216 * (1.0 + 0.134145 * x * x));
}
`,
  gelu_erf: `// GELU in its exact form: x Phi(x), with slope Phi(x) + x phi(x); Phi and phi are the normal
// distribution function and density.
//
// WGSL has no error function. Phi(x) = erfc(-x / sqrt(2)) / 2, with erfc of a positive number
// by the Chebyshev fit of Numerical Recipes (erfcc), whose relative error is
// below 1.2e-7 everywhere: so the far tail of Phi keeps its digits.
//# include vectors

fn normal_cdf(x: Vec) -> Vec {
  let z = abs(x) * 0.70710678;
  let t = 1.0 / (1.0 + 0.5 * z);
  let fit = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418
    + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587
    + t * (-0.82215223 + t * 0.17087277))))))));
  let half_erfc = 0.5 * t * exp(fit - z * z);
  return select(half_erfc, 1.0 - half_erfc, x >= Vec(0.0));
}

fn activation(x: Vec) -> Vec { return x * normal_cdf(x); }

fn activation_slope(x: Vec) -> Vec {
  return normal_cdf(x) + x * 0.39894228 * exp(-0.5 * x * x);
}
`,
  logit_at: `// The values z that a loss is of: the logits or, if CAP, cap tanh(logits / cap); and z'(logits).
// The file that includes this one has the binding \`logits\` and, if CAP, \`params.cap\`.
// Constants: CAP.
//# include capped

// z of the logit with this index.
fn value_at(index: u32) -> f32 {
//# if CAP
  return capped(f32(logits[index]), params.cap);
//# else
  return f32(logits[index]);
//# end
}

// z' where z is \`value\`: 1, or 1 - (z / cap)^2.
fn slope_at(value: f32) -> f32 {
//# if CAP
  return 1.0 - (value / params.cap) * (value / params.cap);
//# else
  return 1.0;
//# end
}
`,
  matmul_tiles: `// The parameters of a matrix product in tiles: sizes, and where operands, result and bias begin in
// their buffers, in numbers. A workgroup sums over k_span steps of k.
// Filled in by tileCall() in lib/ops/matmul_split.ts.
struct Params {
  M: u32,
  N: u32,
  K: u32,
  k_span: u32,
  a_start: u32,
  a_stride: u32,
  b_start: u32,
  b_stride: u32,
  c_start: u32,
  c_stride: u32,
  bias_start: u32,
}
`,
  matrix_units: `// Matrix units, which multiply fragments of f16 numbers, MM x KK by KK x NN, and add up in f32.
// A kernel's first include, since what it enables stands on top.
enable f16;
enable chromium_experimental_subgroup_matrix;
enable subgroups;
diagnostic(off, chromium.subgroup_matrix_uniformity);

alias Left = subgroup_matrix_left<f16, \${KK}, \${MM}>;
alias Right = subgroup_matrix_right<f16, \${NN}, \${KK}>;
// \`var x: Result;\` in a loop may keep the sums of the last round: Dawn clears it but once.
alias Result = subgroup_matrix_result<f32, \${NN}, \${MM}>;
`,
  normals: `// Standard normal numbers from Philox words by Box-Muller, as lib/random/philox.ts defines them.
//# include philox
//# include sin_cos

// ln(k / 2^24) for an integer k from 1 to 2^24 (Cephes' logf; the built-in one may have an
// absolute error of 2^-21, too much near k = 2^24).
fn log_of_fraction(k: u32) -> f32 {
  let bits = bitcast<u32>(f32(k));
  var exponent = f32(bits >> 23u) - 151.0;
  var m = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  let above = m > 1.41421356;
  m = select(m, 0.5 * m, above);
  exponent = select(exponent, exponent + 1.0, above);
  let x = m - 1.0;
  let z = x * x;
  var p = 7.0376836292e-2 * x - 1.1514610310e-1;
  p = p * x + 1.1676998740e-1;
  p = p * x - 1.2420140846e-1;
  p = p * x + 1.4249322787e-1;
  p = p * x - 1.6668057665e-1;
  p = p * x + 2.0000714765e-1;
  p = p * x - 2.4999993993e-1;
  p = p * x + 3.3333331174e-1;
  // ln 2 in two parts, so that small results keep their precision.
  return x + (p * x * z - 0.5 * z - 2.12194440e-4 * exponent) + 0.693359375 * exponent;
}

fn normal_pair(word0: u32, word1: u32) -> vec2f {
  // The bound keeps square roots that divide by their argument away from 0.
  let radius = sqrt(max(-2.0 * log_of_fraction((word0 >> 8u) + 1u), 1e-30));
  return radius * cos_sin_of_turns(f32(word1 >> 8u) * 0x1p-24);
}

fn normals(words: vec4u) -> vec4f {
  return vec4f(normal_pair(words.x, words.y), normal_pair(words.z, words.w));
}
`,
  philox: `// Philox 4x32-10, the counter-based generator of lib/random/philox.ts (which has the convention
// of keys and counters), in 32-bit arithmetic: four random words from a counter and a key.

// The multipliers of the generator, and their halves of 16 bits.
const PHILOX_M = vec2u(0xd2511f53u, 0xcd9e8d57u);
const PHILOX_M_LOW = vec2u(0x1f53u, 0x8d57u);
const PHILOX_M_HIGH = vec2u(0xd251u, 0xcd9eu);

fn philox_round(c: vec4u, key: vec2u) -> vec4u {
  // The upper words of the two 64-bit products, by halves; no sum overflows.
  let low_half = c.xz & vec2u(0xffffu);
  let high_half = c.xz >> vec2u(16u);
  let middle = high_half * PHILOX_M_LOW + ((low_half * PHILOX_M_LOW) >> vec2u(16u));
  let carry = low_half * PHILOX_M_HIGH + (middle & vec2u(0xffffu));
  let high = high_half * PHILOX_M_HIGH + (middle >> vec2u(16u)) + (carry >> vec2u(16u));
  let low = c.xz * PHILOX_M;
  return vec4u(high.y ^ c.y ^ key.x, low.y, high.x ^ c.w ^ key.y, low.x);
}

// The key of round i is key + i (0x9e3779b9, 0xbb67ae85).
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = philox_round(counter, key);
//# repeat i 1 10
  c = philox_round(c, key + vec2u(\${i * 2654435769 % 4294967296}u, \${i * 3144134277 % 4294967296}u));
//# end
  return c;
}
`,
  row_and_lane: `// The row that an invocation works on and its lane there: a workgroup a row if LANES is WG, an
// invocation a row if LANES is 1. Two functions, since Chrome takes a whole vector for divergent
// where one component is, and the row must not be: barriers follow where it was tested.
// Constants: WG, LANES (WG or 1).
//# include common

fn row_of(group: vec3u, groups: vec3u, local: u32) -> u32 {
//# if LANES > 1
  return folded_index(group, groups);
//# else
  return folded_index(group, groups) * \${WG}u + local;
//# end
}

fn lane_of(local: u32) -> u32 {
//# if LANES > 1
  return local;
//# else
  return 0u;
//# end
}
`,
  row_lse: `// The pair m = max_i value_at(first + i), log(sum_i exp(value_at(first + i) - m)), i < count,
// in one reading of the row by one lane (LANES 1) or by a workgroup (LANES = WG, a power of
// two): each lane keeps a running maximum and sum, and the lanes' pairs are then joined. The
// log-sum-exp is the sum of the two; apart they lose no digits where the logits are large.
//
// The file that includes this one defines value_at(index) -> f32. If LANES > 1 the call must
// be in uniform control flow, and the only one.

// Below every logit, yet finite: exp(LOWEST - m) is 0 for every m that occurs.
const LOWEST = -1e30;

//# if LANES > 1
var<workgroup> lane_max: array<f32, \${WG}>;
var<workgroup> lane_sum: array<f32, \${WG}>;
//# end

fn row_lse(first: u32, count: u32, lane: u32) -> vec2f {
  var m = LOWEST;
  var s = 0.0;
  for (var base = 0u; base < count; base += \${LANES * 8}u) {
//# repeat u 0 8
    let i\${u} = base + \${LANES * u}u + lane;
    let z\${u} = select(LOWEST, value_at(first + min(i\${u}, count - 1u)), i\${u} < count);
//# end
    let top = max(m, max(max(max(z0, z1), max(z2, z3)), max(max(z4, z5), max(z6, z7))));
    s = s * exp(m - top)
      + ((exp(z0 - top) + exp(z1 - top)) + (exp(z2 - top) + exp(z3 - top)))
      + ((exp(z4 - top) + exp(z5 - top)) + (exp(z6 - top) + exp(z7 - top)));
    m = top;
  }
//# if LANES > 1
  lane_max[lane] = m;
  lane_sum[lane] = s;
  workgroupBarrier();
  for (var half = \${LANES / 2}u; half > 0u; half /= 2u) {
    if (lane < half) {
      let m0 = lane_max[lane];
      let m1 = lane_max[lane + half];
      let top = max(m0, m1);
      lane_sum[lane] = lane_sum[lane] * exp(m0 - top) + lane_sum[lane + half] * exp(m1 - top);
      lane_max[lane] = top;
    }
    workgroupBarrier();
  }
  return vec2f(lane_max[0], log(lane_sum[0]));
//# else
  return vec2f(m, log(s));
//# end
}
`,
  row_sums: `// Sums over the rows of a team (see rows.wgsl): put a value into each of ROUND slots, add up, get
// the sums; in a fixed order. Every slot is used once, so SLOTS is ROUND times the number of
// rounds. On a graphics card, add_up_row_sums must be called in uniform control flow.
// Constants: ROWS, COLS (a power of two), SLOTS, ROUND.

//# if COLS == 1
var<private> row_sums: array<f32, \${SLOTS}>;

fn put_row_sum(value: f32, local: u32, slot: u32) { row_sums[slot] = value; }
fn add_up_row_sums(local: u32, first_slot: u32) {}
fn row_sum(local: u32, slot: u32) -> f32 { return row_sums[slot]; }
//# else
var<workgroup> row_sums: array<f32, \${SLOTS * ROWS * COLS}>;

fn put_row_sum(value: f32, local: u32, slot: u32) {
  row_sums[slot * \${ROWS * COLS}u + local] = value;
}

fn add_up_row_sums(local: u32, first_slot: u32) {
  let at = first_slot * \${ROWS * COLS}u + local;
  for (var half = \${COLS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local % \${COLS}u < half) {
//# repeat i 0 ROUND
      row_sums[at + \${i * ROWS * COLS}u] += row_sums[at + \${i * ROWS * COLS}u + half];
//# end
    }
  }
  workgroupBarrier();
}

fn row_sum(local: u32, slot: u32) -> f32 {
  return row_sums[slot * \${ROWS * COLS}u + local - local % \${COLS}u];
}
//# end
`,
  rows: `// How row kernels share out the rows of a matrix [samples * length, hidden]: a workgroup takes
// ROWS * PER positions of one sample, its block; each of its ROWS teams of COLS neighbouring
// invocations has PER of them, ROWS apart. On a processor a team is a single invocation, so that
// sums over a row need no barrier; on a graphics card its loads are neighbours.
// Constants: ROWS, COLS, PER.

// How many blocks a sample has.
fn sample_blocks(length: u32) -> u32 {
  return (length + \${ROWS * PER - 1}u) / \${ROWS * PER}u;
}

// The sample of a block. Apart from the position, since it is the same for the whole workgroup:
// main may return on it before a barrier.
fn sample_of(block: u32, length: u32) -> u32 {
  return block / sample_blocks(length);
}

// The first position of an invocation's team in its sample.
fn position_of(block: u32, length: u32, local: u32) -> u32 {
  return (block % sample_blocks(length)) * \${ROWS * PER}u + local / \${COLS}u;
}

// The number of an invocation's team among those of all blocks.
fn team_of(block: u32, local: u32) -> u32 {
  return block * \${ROWS}u + local / \${COLS}u;
}
`,
  sample_index: `// The index of a sample in the global batch, which random draws are counted by. The file that
// includes this one has the binding \`samples\` if SAMPLES, else \`params.first_sample\`.
// Constants: SAMPLES.
fn sample_index(sample: u32) -> u32 {
//# if SAMPLES
  return samples[sample];
//# else
  return params.first_sample + sample;
//# end
}
`,
  silu: `// SiLU: x sigmoid(x), with slope s (1 + x (1 - s)), s = sigmoid(x).
//# include vectors

fn sigmoid(x: Vec) -> Vec {
  // Bounded so that exp does not overflow: the result there is 0 to f32 already.
  return 1.0 / (1.0 + exp(min(-x, Vec(80.0))));
}

fn activation(x: Vec) -> Vec { return x * sigmoid(x); }

fn activation_slope(x: Vec) -> Vec {
  let s = sigmoid(x);
  return s * (1.0 + x * (1.0 - s));
}
`,
  sin_cos: `// Sine and cosine by polynomials (Cephes), since the built-in ones are only promised to 2^-11.

// (cos, sin) of 2 pi turns, turns in [0, 1]; absolute error about 1e-7.
fn cos_sin_of_turns(turns: f32) -> vec2f {
  let quarter = floor(4.0 * turns + 0.5);
  // The rest of the angle, within pi/4 of 0. The subtraction is exact.
  let a = 6.283185307 * (turns - 0.25 * quarter);
  let z = a * a;
  let s = a + a * z * (-1.6666654611e-1 + z * (8.3321608736e-3 - 1.9515295891e-4 * z));
  let c = 1.0 - 0.5 * z
    + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + 2.443315711809948e-5 * z));
  let q = u32(quarter) & 3u;
  let swapped = select(vec2f(c, s), vec2f(s, c), (q & 1u) == 1u);
  // Quarter turns 1 and 2 make the cosine negative, 2 and 3 the sine.
  return select(
    swapped,
    -swapped,
    vec2<bool>(q == 1u || q == 2u, q >= 2u),
  );
}
`,
  texel: `// Where an image keeps its texel number \`index\`: see lib/gpu/image.ts.
fn texel(index: u32) -> vec2u {
  return vec2u(index & 2047u, index >> 11u);
}
`,
  vectors: `// Vec: VEC neighbouring floats, 4 where all sizes and offsets are multiples of 4, else 1. Every
// access of a buffer costs about the same, whatever its width.
//# if VEC == 4
alias Vec = vec4f;

fn component_sum(v: Vec) -> f32 { return (v.x + v.y) + (v.z + v.w); }
//# else
alias Vec = f32;

fn component_sum(v: Vec) -> f32 { return v; }
//# end
`,
  workgroup_sum: `// The sum of \`value\` over the LANES invocations of a workgroup (a power of two), in a fixed
// order; each of them gets it. Once a kernel.
//# if LANES == 1
fn workgroup_sum(value: f32, local: u32) -> f32 { return value; }
//# else
var<workgroup> lane_sums: array<f32, \${LANES}>;

fn workgroup_sum(value: f32, local: u32) -> f32 {
  lane_sums[local] = value;
  for (var half = \${LANES / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { lane_sums[local] += lane_sums[local + half]; }
  }
  workgroupBarrier();
  return lane_sums[0];
}
//# end
`,
};
