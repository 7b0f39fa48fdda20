// Vec: VEC neighbouring floats, 4 where all sizes and offsets are multiples of 4, else 1. Every
// access of a buffer costs about the same, whatever its width.
//# if VEC == 4
alias Vec = vec4f;

fn component_sum(v: Vec) -> f32 { return (v.x + v.y) + (v.z + v.w); }
//# else
alias Vec = f32;

fn component_sum(v: Vec) -> f32 { return v; }
//# end
