// gelu: dx (+)= dy · slope of the activation at x.
//# include gelu
//# include activation_backward
