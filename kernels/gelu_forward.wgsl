// gelu: y = activation(x).
//# include gelu
//# include activation_forward
