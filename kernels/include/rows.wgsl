// How row kernels share out the rows of a matrix [samples * length, hidden]: a workgroup takes
// ROWS * PER positions of one sample, its block; each of its ROWS teams of COLS neighbouring
// invocations has PER of them, ROWS apart. On a processor a team is a single invocation, so that
// sums over a row need no barrier; on a graphics card its loads are neighbours.
// Constants: ROWS, COLS, PER.

// How many blocks a sample has.
fn sample_blocks(length: u32) -> u32 {
  return (length + ${ROWS * PER - 1}u) / ${ROWS * PER}u;
}

// The sample of a block. Apart from the position, since it is the same for the whole workgroup:
// main may return on it before a barrier.
fn sample_of(block: u32, length: u32) -> u32 {
  return block / sample_blocks(length);
}

// The first position of an invocation's team in its sample.
fn position_of(block: u32, length: u32, local: u32) -> u32 {
  return (block % sample_blocks(length)) * ${ROWS * PER}u + local / ${COLS}u;
}

// The number of an invocation's team among those of all blocks.
fn team_of(block: u32, local: u32) -> u32 {
  return block * ${ROWS}u + local / ${COLS}u;
}
