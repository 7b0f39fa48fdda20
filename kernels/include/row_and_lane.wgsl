// The row that an invocation works on and its lane there: a workgroup a row if LANES is WG, an
// invocation a row if LANES is 1. Two functions, since Chrome takes a whole vector for divergent
// where one component is, and the row must not be: barriers follow where it was tested.
// Constants: WG, LANES (WG or 1).
//# include common

fn row_of(group: vec3u, groups: vec3u, local: u32) -> u32 {
//# if LANES > 1
  return folded_index(group, groups);
//# else
  return folded_index(group, groups) * ${WG}u + local;
//# end
}

fn lane_of(local: u32) -> u32 {
//# if LANES > 1
  return local;
//# else
  return 0u;
//# end
}
