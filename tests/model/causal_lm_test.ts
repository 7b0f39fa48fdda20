import { assertEquals } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { CausalLm } from "../../lib/model/causal_lm.ts";
import { causalParameterSpecs } from "../../lib/model/dit_specs.ts";
import { rotaryAngles } from "../../lib/ops/rotary.ts";
import { Tape } from "../../lib/ops/tape.ts";
import { weightedMean } from "../../lib/ops/weighted_mean.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";
import { gpuTest } from "../testing/gpu.ts";
import { someTokens } from "../testing/tiny_distillation.ts";
import { TINY } from "../testing/tiny_model.ts";

const CONFIG = { ...TINY, vocabSize: 7, length: 6, hiddenSize: 8, numBlocks: 2, numHeads: 2 };
const LENGTH = 5;

type Weights = Map<string, Float64Array>;

function randomWeights(): Weights {
  return new Map(
    causalParameterSpecs(CONFIG).map(({ name, shape }, i) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return [name, new Float64Array(randomNumbers(size, 50 + i).map((v) => 0.7 * v))];
    }),
  );
}

function modelOf(gpu: Gpu, weights: Weights): CausalLm {
  const model = CausalLm.create(gpu, CONFIG, true);
  for (const [name, values] of weights) model.parameters.write(name, new Float32Array(values));
  return model;
}

/** The losses of one sequence in float64, from the equations. */
function reference(weights: Weights, context: Uint32Array, next: Uint32Array): number[] {
  const { hiddenSize: H, numHeads, numBlocks, vocabSize } = CONFIG;
  const D = H / numHeads;
  const of = (name: string) => weights.get(name)!;
  const linear = (x: number[], name: string) => {
    const weight = of(`${name}.weight`);
    const bias = weights.get(`${name}.bias`);
    return Array.from(
      { length: weight.length / x.length },
      (_, n) => x.reduce((sum, v, k) => sum + v * weight[n * x.length + k]!, bias?.[n] ?? 0),
    );
  };
  const norm = (x: number[], name: string) => {
    const mean = x.reduce((a, b) => a + b, 0) / H;
    const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / H;
    const weight = of(`${name}.weight`);
    return x.map((v, h) => (v - mean) / Math.sqrt(variance + 1e-5) * weight[h]!);
  };
  const { cos, sin } = rotaryAngles(LENGTH, D);
  const turn = (x: number[], position: number) =>
    x.map((v, i) => {
      const at = position * D / 2 + i % (D / 2);
      return i < D / 2
        ? v * cos[at]! - x[i + D / 2]! * sin[at]!
        : v * cos[at]! + x[i - D / 2]! * sin[at]!;
    });
  let rows = Array.from(
    context,
    (id) => [...of("vocab_embed.embedding").subarray(id * H, (id + 1) * H)],
  );
  for (let b = 0; b < numBlocks; b++) {
    const name = `blocks.${b}`;
    const qkv = rows.map((row) => linear(norm(row, `${name}.norm1`), `${name}.attn_qkv`));
    const part = (position: number, which: number, head: number) =>
      qkv[position]!.slice(which * H + head * D, which * H + (head + 1) * D);
    rows = rows.map((row, query) => {
      const attended = Array.from({ length: numHeads }, (_, head) => {
        const q = turn(part(query, 0, head), query);
        const scores = Array.from({ length: query + 1 }, (_, key) => {
          const k = turn(part(key, 1, head), key);
          return Math.exp(q.reduce((sum, v, i) => sum + v * k[i]!, 0) / Math.sqrt(D));
        });
        const sum = scores.reduce((a, v) => a + v, 0);
        return Array.from(
          { length: D },
          (_, i) => scores.reduce((a, p, key) => a + p / sum * part(key, 2, head)[i]!, 0),
        );
      }).flat();
      const out = linear(attended, `${name}.attn_out`);
      const middle = row.map((v, h) => v + out[h]!);
      const wide = linear(norm(middle, `${name}.norm2`), `${name}.mlp.0`).map((v) =>
        v / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))
      );
      const mlp = linear(wide, `${name}.mlp.2`);
      return middle.map((v, h) => v + mlp[h]!);
    });
  }
  return rows.map((row, i) => {
    const logits = linear(norm(row, "output_layer.norm_final"), "output_layer.linear");
    assertEquals(logits.length, vocabSize);
    return Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0)) - logits[next[i]!]!;
  });
}

gpuTest("CausalLm equals its equations, and its gradients their differences", async (gpu) => {
  const weights = randomWeights();
  using model = modelOf(gpu, weights);
  const tokens = someTokens(7, LENGTH + 1);
  const [context, next] = [tokens.slice(0, -1), tokens.slice(1)];
  using seen = gpu.tensor(context);
  using targets = gpu.tensor(next);
  using tape = new Tape(gpu, true);
  using losses = model.losses(tape, { context: seen, next: targets, length: LENGTH });
  const exact = reference(weights, context, next);
  assertClose(await gpu.read(losses.tensor), exact, 1e-5, "losses");
  using mean = weightedMean(tape, losses, null, LENGTH);
  tape.backward(mean);
  const objective = () =>
    reference(weights, context, next).reduce((sum, loss) => sum + loss / LENGTH, 0);
  for (const [name, values] of weights) {
    const expected = values.map((value, i) => {
      // The largest tensors are sampled.
      if (values.length > 64 && i % 7 !== 0) return NaN;
      values[i] = value + 1e-5;
      const above = objective();
      values[i] = value - 1e-5;
      const below = objective();
      values[i] = value;
      return (above - below) / 2e-5;
    });
    const chosen = (from: ArrayLike<number>) =>
      Array.from(from).filter((_, i) => !Number.isNaN(expected[i]));
    const grad = await model.parameters.read(name, "grad");
    assertClose(chosen(grad), chosen(expected), 2e-4, name);
  }
});

gpuTest("CausalLm does not see later tokens, and drops numbers when it is told to", async (gpu) => {
  using model = modelOf(gpu, randomWeights());
  const run = async (context: number[], rate = 0) => {
    using seen = gpu.tensor(new Uint32Array(context));
    using next = gpu.tensor(new Uint32Array([1, 2, 3, 4]));
    using tape = new Tape(gpu, false);
    using other = new CausalLm(gpu, { ...CONFIG, dropout: rate }, model.parameters);
    const dropout = { key: [1, 2], step: 3, firstSample: 0 } as const;
    using losses = other.losses(tape, { context: seen, next, length: 4, dropout });
    return [...await gpu.read(losses.tensor)];
  };
  const [first, second] = [await run([1, 2, 3, 4]), await run([1, 2, 6, 0])];
  assertEquals(second.slice(0, 2), first.slice(0, 2));
  assertEquals(second[2] === first[2], false);
  const dropped = await run([1, 2, 3, 4], 0.5);
  assertEquals(dropped, await run([1, 2, 3, 4], 0.5));
  assertEquals(dropped.some((loss, i) => loss === first[i]), false);
});
