import { assert } from "@std/assert";
import { timestepEmbedding } from "../../lib/ops/timestep_embedding.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { assertClose } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";

for (const features of [256, 6]) {
  gpuTest(`timestepEmbedding() gives cosines, then sines, ${features} features`, async (gpu) => {
    const data = new Float32Array([0, 1e-6, 0.3, 0.5, 0.753, 1, 3.7, 11]);
    const half = features / 2;
    using times = gpu.tensor(data);
    using y = timestepEmbedding(gpu, times, { features });
    (await gpu.read(y)).forEach((value, index) => {
      const i = index % features;
      const angle = data[Math.floor(index / features)]! *
        Math.exp(-Math.log(10000) * (i % half) / half);
      const expected = i < half ? Math.cos(angle) : Math.sin(angle);
      assert(Math.abs(value - expected) < 2e-6, `${index}: ${value}, not ${expected}`);
    });
  });
}

gpuTest("timestepEmbedding() equals the reference's features", async (gpu) => {
  for (const size of ["tiny", "odd"]) {
    using file = await SafetensorsFile.open(`tests/golden/${size}_dit_forward.safetensors`);
    using times = gpu.tensor(await file.read("t"));
    using features = timestepEmbedding(gpu, times, { features: 256 });
    assertClose(await gpu.read(features), await file.read("t_freq"), 1e-6, size);
  }
});
