// Gradient of layer_norm_forward. With n = (x - mean) rstd, g = weight (1 + scale), a = mean of
// g dy and b = mean of n g dy over the row:
//   dx (+)= rstd (g dy - a - n b)
// and, for each block of ROWS * PER positions of one sample, the sums over its rows of
//   dy (for shift),  weight n dy (for scale),  (1 + scale) n dy (for weight).
//
//   x, dy, dx    [samples * length, hidden]
//   weight       [hidden]
//   modulation   [samples, modulation_stride]; the scale starts at that column
//   stats        [2, samples * length]: means, then rstds
//   partials     [samples * blocks, 3, hidden]; blocks = ceil(length / (ROWS * PER))
// All sizes and columns count Vecs, except length. First each row belongs to COLS invocations,
// for its sums; then the invocations share out the columns and walk down the rows.
// Constants: VEC, ROWS, COLS (a power of two), PER (rows of an invocation), SLOTS = 2 * PER,
// DX (whether dx is wanted), ACCUMULATE (add to dx).
//# include common
//# include vectors
//# include row_sum

struct Params {
  samples: u32,
  length: u32,
  hidden: u32,
  modulation_stride: u32,
  scale: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Vec>;
@group(0) @binding(1) var<storage, read> dy: array<Vec>;
@group(0) @binding(2) var<storage, read> weight: array<Vec>;
@group(0) @binding(3) var<storage, read> modulation: array<Vec>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<Vec>;
//# if DX
@group(0) @binding(6) var<storage, read_write> dx: array<Vec>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

// mean, rstd, a and b of each row.
var<workgroup> rows: array<vec4f, ${ROWS * PER}>;

@compute @workgroup_size(${ROWS * COLS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let blocks = (params.length + ${ROWS * PER - 1}u) / ${ROWS * PER}u;
  let block = folded_index(group, groups);
  let sample = block / blocks;
  if (sample >= params.samples) { return; }
  let position = (block % blocks) * ${ROWS * PER}u;
  let count = min(params.length - position, ${ROWS * PER}u);
  let first = sample * params.length + position;
  let H = params.hidden;
  let scale = sample * params.modulation_stride + params.scale;

  let lane = local % ${COLS}u;
//# repeat i 0 PER
  // Rows beyond the sample repeat its last one, and are not used below.
  let row${i} = first + min(local / ${COLS}u + ${i * ROWS}u, count - 1u);
  let mean${i} = stats[row${i}];
  let rstd${i} = stats[params.samples * params.length + row${i}];
  var a${i} = Vec();
  var b${i} = Vec();
//# end
  for (var c = lane; c < H; c += ${COLS}u) {
    let gain = weight[c] * (1.0 + modulation[scale + c]);
//# repeat i 0 PER
    let g${i} = gain * dy[row${i} * H + c];
    a${i} += g${i};
    b${i} += g${i} * ((x[row${i} * H + c] - mean${i}) * rstd${i});
//# end
  }
  let factor = 1.0 / f32(H * ${VEC}u);
//# repeat i 0 PER
  let mean_a${i} = factor * row_sum(component_sum(a${i}), local, ${2 * i}u);
  let mean_b${i} = factor * row_sum(component_sum(b${i}), local, ${2 * i + 1}u);
  if (lane == 0u) {
    rows[local / ${COLS}u + ${i * ROWS}u] = vec4f(mean${i}, rstd${i}, mean_a${i}, mean_b${i});
  }
//# end
  workgroupBarrier();

  for (var c = local; c < H; c += ${ROWS * COLS}u) {
    let w = weight[c];
    let s = 1.0 + modulation[scale + c];
    let gain = w * s;
    var for_shift = Vec();
    var for_scale = Vec();
    var at = first * H + c;
    for (var r = 0u; r < count; r++) {
      let row = rows[r];
      let d = dy[at];
      let n = (x[at] - row.x) * row.y;
      for_shift += d;
      for_scale += n * d;
//# if DX
//# if ACCUMULATE
      dx[at] += row.y * (gain * d - row.z - n * row.w);
//# else
      dx[at] = row.y * (gain * d - row.z - n * row.w);
//# end
//# end
      at += H;
    }
    let to = block * 3u * H + c;
    partials[to] = for_shift;
    partials[to + H] = w * for_scale;
    partials[to + 2u * H] = s * for_scale;
  }
}
