// The members of the `struct Params` of every kernel of attention. The workgroups of a head of a
// sequence are `tiles`; score_scale is 1 / (CAP sqrt(d)) if CAP, else 1 / sqrt(d).
  length: u32,
  heads: u32,
  sequence_heads: u32,
  tiles: u32,
  score_scale: f32,
