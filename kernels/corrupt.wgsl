// A chunk of x_t = (1 - gamma) n + gamma onehot(token), or of n alone, n normal:
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

@compute @workgroup_size(${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let key = vec2u(params.key_low, params.key_high);
  let first = params.column_start >> 2u;
  let draws = ((params.column_start + params.columns + 3u) >> 2u) - first;
  var r = folded_index(group, groups) * ${ROWS * PER}u + local / ${COLS}u;
  for (var i = 0u; i < ${PER}u && r < params.rows; i++) {
    let row = params.row_start + r;
    let sample = row / params.length;
    let position = row - sample * params.length;
//# if TOKENS
    let gamma = gammas[sample];
    let token = tokens[row];
//# end
    let index = sample_index(sample);
    for (var c = local % ${COLS}u; c < draws; c += ${COLS}u) {
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
      let c${k} = 4u * (first + c) + ${k}u - params.column_start;
      if (c${k} < params.columns) { y[r * params.columns + c${k}] = y_t(value[${k}]); }
//# end
//# end
    }
    r += ${ROWS}u;
  }
}
