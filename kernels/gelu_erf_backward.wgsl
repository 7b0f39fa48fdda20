// gelu_erf: dx (+)= dy · slope of the activation at x.
//# include gelu_erf
//# include activation_backward
