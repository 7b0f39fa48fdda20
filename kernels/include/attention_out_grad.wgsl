// The gradient of what attention gives, [sequences*length, heads*d] as vectors of 4: an image if
// TILE is 0.
//# if TILE
//# stored d_o 4
@group(0) @binding(1) var<storage, read> d_o: array<d_o_t>;

fn d_o_at(i: u32) -> vec4f { return vec4f(d_o[i]); }
//# else
//# if d_o_f16
@group(0) @binding(1) var d_o: texture_storage_2d<rgba16float, read>;
//# else
@group(0) @binding(1) var d_o: texture_storage_2d<rgba32float, read>;
//# end

fn d_o_at(i: u32) -> vec4f { return textureLoad(d_o, texel(i)); }
//# end
