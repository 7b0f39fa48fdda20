// silu: y = activation(x).
//# include silu
//# include activation_forward
