// gelu_erf: y = activation(x).
//# include gelu_erf
//# include activation_forward
