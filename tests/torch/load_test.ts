/**
 * Tests of the way from files of torch.save to the GPU.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { requireShapes } from "../../lib/checkpoint/shapes.ts";
import { CheckpointError } from "../../lib/errors.ts";
import { memorySource } from "../../lib/io/byte_source.ts";
import { Dit } from "../../lib/model/dit.ts";
import type { DitConfig } from "../../lib/model/dit_specs.ts";
import { loadTensors } from "../../lib/model/named_tensors.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { TorchFile } from "../../lib/torch/file.ts";
import { CHECKPOINTS, GOLDEN, openGolden, weightsOf } from "../testing/golden_checkpoints.ts";
import { gpuTest } from "../testing/gpu.ts";
import { TINY } from "../testing/tiny_model.ts";

/** The sizes of the golden models that are called tiny. */
const CONFIG: DitConfig = { ...TINY, vocabSize: 37, length: 12 };

gpuTest("loadTensors() fills a network from a file of torch.save", async (gpu) => {
  using golden = await SafetensorsFile.open(new URL("tiny_weights_flm.safetensors", GOLDEN));
  using expected = Dit.create(gpu, CONFIG, false);
  await loadTensors(gpu, golden, expected.parameters.tensors);
  for (const name of ["tiny_flm", "tiny_flm_views"]) {
    using file = await openGolden(name);
    using dit = Dit.create(gpu, CONFIG, false);
    await loadTensors(gpu, file.tensorFile(weightsOf(file)), dit.parameters.tensors);
    const other = expected.parameters.tensors;
    for (const [i, { windows, name }] of dit.parameters.tensors.entries()) {
      for (const [k, { tensor }] of windows.entries()) {
        assertEquals(await gpu.read(tensor), await gpu.read(other[i]!.windows[k]!.tensor), name);
      }
    }
  }
});

gpuTest("loadTensors() throws when a file of torch.save is damaged", async (gpu) => {
  const bytes = await Deno.readFile(new URL("tiny_flm.ckpt", CHECKPOINTS));
  using whole = await openGolden("tiny_flm");
  const { storage } = weightsOf(whole).get("output_layer.linear.weight")!;
  // Within the numbers, behind the header.
  bytes[storage.entry.headerOffset + 1000]! ^= 1;
  using file = await TorchFile.open(memorySource(bytes, "x.ckpt"));
  using dit = Dit.create(gpu, CONFIG, false);
  const load = () => loadTensors(gpu, file.tensorFile(weightsOf(file)), dit.parameters.tensors);
  await assertRejects(load, CheckpointError, `data/${storage.key}" is damaged: its CRC-32 is `);
});

Deno.test("requireShapes() compares a file of torch.save with a configuration", async () => {
  using file = await openGolden("tiny_flm");
  const tensors = file.tensorFile(weightsOf(file));
  requireShapes(tensors, Dit, CONFIG);
  const check = (changes: Partial<DitConfig>) => () =>
    requireShapes(tensors, Dit, { ...CONFIG, ...changes });
  assertThrows(check({ numBlocks: 3 }), CheckpointError, "has 2 blocks");
  assertThrows(check({ vocabSize: 38 }), CheckpointError, "its shape is [37,32], but [38,32]");
  assertThrows(check({ doubleTemb: true }), CheckpointError, "the file has none of that name");
});
