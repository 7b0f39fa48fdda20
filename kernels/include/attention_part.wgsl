// Which part of attention's work a workgroup has. A kernel's `params` has length, heads and tiles,
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
    (sequence_head % params.heads) * ${D4}u,
    (job % params.tiles) * positions,
  );
}
