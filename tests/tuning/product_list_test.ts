import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { methodOf } from "../../lib/methods/table.ts";
import { trainRun } from "../../lib/methods/train_run.ts";
import type { MatmulArgs } from "../../lib/ops/matmul_args.ts";
import { type Product, productName, productOf } from "../../lib/ops/product.ts";
import { useWays } from "../../lib/ops/ways.ts";
import { tokenSizesOf } from "../../lib/planning/token_sizes.ts";
import { productsOfStep } from "../../lib/tuning/product_list.ts";
import { gpuTest } from "../testing/gpu.ts";
import { withTinyRun } from "../testing/tiny_run.ts";

gpuTest(
  "productsOfStep() lists what a training computes, and nothing else",
  (usual) =>
    withTinyRun(1, async (tiny, run) => {
      for (const noise of ["explicit", "projected"] as const) {
        // The vocabulary has 30 letters, of which noise can be projected on fewer numbers.
        const model = { ...tiny.model, hiddenSize: noise === "projected" ? 16 : 32 };
        const config = { ...tiny, model, flow: { noise } };
        using gpu = await Gpu.open({ backend: usual.backend });
        const asked = new Map<string, Product>();
        useWays(gpu, {
          record: {},
          wayOf: (args: MatmulArgs) => void asked.set(productName(args), productOf(args)),
        });
        const folder = `${run}-${noise}`;
        // Validations have micro-batches of their own.
        const duringStep = new Set<string>();
        await trainRun({
          ...{ gpu, config, run: folder, resume: false },
          onStart: () => asked.clear(),
          onSteps: () => asked.forEach((_, name) => duringStep.add(name)),
        });
        const listed = await productsOfStep({
          ...{ config, method: methodOf("flm"), tokens: await tokenSizesOf(config.data) },
          device: { kind: gpu.kind, maxBindingBytes: gpu.maxBindingBytes },
        });
        assertEquals([...listed.keys()].sort(), [...duringStep].sort());
        assert(listed.size > 10);
        for (const [name, product] of listed) assertEquals(product, asked.get(name), name);
      }
    }),
);
