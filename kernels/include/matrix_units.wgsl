// Matrix units, which multiply fragments of f16 numbers, MM x KK by KK x NN, and add up in f32.
// A kernel's first include, since what it enables stands on top.
enable f16;
enable chromium_experimental_subgroup_matrix;
enable subgroups;
diagnostic(off, chromium.subgroup_matrix_uniformity);

alias Left = subgroup_matrix_left<f16, ${KK}, ${MM}>;
alias Right = subgroup_matrix_right<f16, ${NN}, ${KK}>;
// `var x: Result;` in a loop may keep the sums of the last round: Dawn clears it but once.
alias Result = subgroup_matrix_result<f32, ${NN}, ${MM}>;
