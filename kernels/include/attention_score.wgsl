// What becomes of scores, in forward and backward of attention: the soft cap, and the exponential.
// Constants: CAP (the bound of the scores, 1 to 64; 0 for none).

// sum + a·b, one product after the other.
fn add_dot(a: vec4f, b: vec4f, sum: f32) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

// tanh(u): u times a rational function of u^2, minimax on |u| <= 9 with relative error 2e-8;
// beyond, tanh is 1 in f32. The built-in is only good to 1e-7 absolutely, which the soft cap
// would multiply.
fn cap_tanh(score: f32) -> f32 {
  let u = clamp(score, -9.0, 9.0);
  let w = u * u;
  let p = fma(w, fma(w, fma(w, fma(w, 1.33547079e-8, 2.06091190e-5), 3.49559050e-3), 0.133810277), 1.0);
  let q = fma(w, fma(w, fma(w, fma(w, 7.77657826e-7, 3.28563860e-4), 2.58769914e-2), 0.467143433), 1.0);
  return u * p / q;
}

// exp(x) for |x| <= 80, to f32 precision: with x = n ln 2 + r, a polynomial of r (minimax,
// relative error 1e-8) and n put into the exponent bits. The built-in's error may grow with |x|.
fn exact_exp(x: f32) -> f32 {
  let n = round(x * 1.44269504);
  let r = fma(n, -1.42860682e-6, fma(n, -0.693145752, x));
  let p = fma(r, fma(r, fma(r, fma(r, 1.39012065e-3, 8.36314761e-3), 4.16668542e-2), 0.166665773), 0.5);
  return fma(r * r, p, 1.0 + r) * bitcast<f32>(i32(fma(n, 8388608.0, 1065353216.0)));
}

//# if CAP
// exp(CAP t) for |t| <= 1.
fn cap_exp(t: f32) -> f32 { return exact_exp(${CAP}.0 * t); }
//# end

// Below every score, yet finite.
const LOWEST = -1e30;

// exp(x) for x of at most about 0; 0 where that would be less than 2e-35.
fn shifted_exp(x: f32) -> f32 {
  return select(0.0, exact_exp(clamp(x, -80.0, 80.0)), x > -80.0);
}
