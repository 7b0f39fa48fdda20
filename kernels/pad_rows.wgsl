// image[r, c] = x[r, c] for r < rows and c < columns, else 0: a matrix whose rows are x_stride
// apart as an image (lib/gpu/image.ts) of rows of `columns4` texels, zeros to the end of each and
// in the rows after the last. An element is a texel.
// Constants: WG, STEPS.
// Launched by operandImage() in lib/ops/matmul_register.ts.
//# include elementwise
//# include texel

struct Params {
  count: u32,
  rows: u32,
  columns: u32,
  columns4: u32,
  x_start: u32,
  x_stride: u32,
}

//# stored x
@group(0) @binding(0) var<storage, read> x: array<x_t>;
//# if image_f16
@group(0) @binding(1) var image: texture_storage_2d<rgba16float, write>;
//# else
@group(0) @binding(1) var image: texture_storage_2d<rgba32float, write>;
//# end
@group(1) @binding(0) var<uniform> params: Params;

fn element(i: u32) {
  let row = i / params.columns4;
  let col = (i % params.columns4) * 4u;
  let at = params.x_start + row * params.x_stride + col;
  var value = vec4f();
//# repeat j 0 4
  if (row < params.rows && col + ${j}u < params.columns) { value[${j}] = f32(x[at + ${j}u]); }
//# end
  textureStore(image, texel(i), value);
}
