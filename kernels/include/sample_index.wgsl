// The index of a sample in the global batch, which random draws are counted by. The file that
// includes this one has the binding `samples` if SAMPLES, else `params.first_sample`.
// Constants: SAMPLES.
fn sample_index(sample: u32) -> u32 {
//# if SAMPLES
  return samples[sample];
//# else
  return params.first_sample + sample;
//# end
}
