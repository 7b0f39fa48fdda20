// What the streaming kernels of attention share: where queries, keys and values are read.
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
