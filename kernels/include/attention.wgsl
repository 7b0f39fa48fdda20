// What the kernels of attention share: where queries, keys and values are read, and which part of
// the work a workgroup has. A kernel's `params` has length, heads and tiles, the workgroups of a
// head of a sequence.
// Constants: D4 = d/4, LANES, ROWS (positions of an invocation), TILE (see attention_forward).
//# include texel

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

// The same for all invocations of a workgroup, so that main may return on it.
struct Part {
  // Number of the sequence and head; none if it is sequence_heads or more.
  sequence_head: u32,
  // First row of the sequence.
  first_row: u32,
  // First column of the head, in vectors of 4.
  column: u32,
  // First of the LANES * ROWS positions of the workgroup.
  first_position: u32,
}

fn part_of(job: u32) -> Part {
  let sequence_head = job / params.tiles;
  return Part(
    sequence_head,
    (sequence_head / params.heads) * params.length,
    (sequence_head % params.heads) * ${D4}u,
    (job % params.tiles) * ${LANES * ROWS}u,
  );
}
