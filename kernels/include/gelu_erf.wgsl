// GELU in its exact form: x Phi(x), with slope Phi(x) + x phi(x); Phi and phi are the normal
// distribution function and density.
//
// WGSL has no error function. Phi(x) = erfc(-x / sqrt(2)) / 2, with erfc of a positive number
// by the Chebyshev fit of Numerical Recipes (erfcc), whose relative error is
// below 1.2e-7 everywhere: so the far tail of Phi keeps its digits.
//# include vectors

fn normal_cdf(x: Vec) -> Vec {
  let z = abs(x) * 0.70710678;
  let t = 1.0 / (1.0 + 0.5 * z);
  let fit = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418
    + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587
    + t * (-0.82215223 + t * 0.17087277))))))));
  let half_erfc = 0.5 * t * exp(fit - z * z);
  return select(half_erfc, 1.0 - half_erfc, x >= Vec(0.0));
}

fn activation(x: Vec) -> Vec { return x * normal_cdf(x); }

fn activation_slope(x: Vec) -> Vec {
  return normal_cdf(x) + x * 0.39894228 * exp(-0.5 * x * x);
}
