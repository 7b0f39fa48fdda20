// activation(x), and activation_slope(x), its derivative.
// Constants: FORM (0: SiLU, 1: GELU in its tanh form, 2: GELU in its exact form), VEC.
//# if FORM == 0
//# include silu
//# end
//# if FORM == 1
//# include gelu
//# end
//# if FORM == 2
//# include gelu_erf
//# end
