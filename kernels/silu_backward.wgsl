// silu: dx (+)= dy · slope of the activation at x.
//# include silu
//# include activation_backward
