// The keys and values that queries stream over: through workgroup memory, TILE at a time, or
// read by every invocation if TILE is 0. `hidden` is heads*d in vectors of 4.
// Constants: as in attention_forward.
//# include attention

// How many keys the LANES * ROWS queries from first_query on see.
fn seen_keys(first_query: u32) -> u32 {
//# if CAUSAL
  // Keys after the last of these queries are left out.
  return min(params.length, first_query + ${LANES * ROWS}u);
//# else
  return params.length;
//# end
}

//# if TILE
var<workgroup> k_tile: array<vec4f, ${TILE * D4}>;
var<workgroup> v_tile: array<vec4f, ${TILE * D4}>;

// Loads the tile that begins with key `start`; `keys` is where the sequence's keys begin. Must be
// called in uniform control flow.
fn load_keys(keys: u32, start: u32, hidden: u32, lane: u32) {
  workgroupBarrier();
  for (var e = lane; e < ${TILE * D4}u; e += ${LANES}u) {
    // Keys beyond the last read the last one, and are not used.
    let key = min(start + e / ${D4}u, params.length - 1u);
    let source = keys + key * (3u * hidden) + e % ${D4}u;
    k_tile[e] = qkv_at(source);
    v_tile[e] = qkv_at(source + hidden);
  }
  workgroupBarrier();
}

// Vector c of the key that begins at `key` in the tile, and of its value.
fn k_at(key: u32, c: u32) -> vec4f { return k_tile[key + c]; }
fn v_at(key: u32, c: u32, hidden: u32) -> vec4f { return v_tile[key + c]; }
//# else
// Vector c of the key that begins at `key` in qkv, and of its value.
fn k_at(key: u32, c: u32) -> vec4f { return qkv_at(key + c); }
fn v_at(key: u32, c: u32, hidden: u32) -> vec4f { return qkv_at(key + hidden + c); }
//# end
