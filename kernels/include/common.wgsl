// Index of a workgroup in a grid folded over x and y (see foldGrid).
fn folded_index(id: vec3u, count: vec3u) -> u32 {
  return id.y * count.x + id.x;
}
