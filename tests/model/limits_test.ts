import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { tinyTrainer } from "../testing/tiny_model.ts";

const MiB = 1 << 20;

for (const [hiddenSize, length, batchSize] of [[128, 64, 1], [768, 4, 1]] as const) {
  const title = `V = 50257, H = ${hiddenSize}, L = ${length}`;
  Deno.test(`a training step of ${title} needs no buffer above 128 MiB`, async () => {
    using gpu = await Gpu.open({ maxBindingBytes: 128 * MiB });
    let largest = 0;
    const { device } = gpu;
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      largest = Math.max(largest, descriptor.size);
      return createBuffer(descriptor);
    };
    const tokens = Uint32Array.from({ length }, (_, i) => i * 641 % 50257);
    using training = tinyTrainer(gpu, tokens, {
      batchSize,
      config: { vocabSize: 50257, length, hiddenSize, numHeads: hiddenSize / 64 },
      optim: { warmupSteps: 0 },
    });
    await training.trainer.recordStep();
    await training.trainer.recordStep();
    const [first, second] = await training.trainer.drain();
    // The output layer starts at zero: every token is as likely as any other.
    assert(Math.abs(first!.loss - Math.log(50257)) < 1e-3, `first loss ${first!.loss}`);
    assert(second!.loss < first!.loss, `the loss rose to ${second!.loss}`);
    assert(largest <= 128 * MiB, `a buffer of ${largest} bytes was made`);
    const split = hiddenSize === 768;
    assertEquals(training.model.embedding.windows.length > 1, split);
    assertEquals(training.model.head.weight.windows.length > 1, split);
  });
}
