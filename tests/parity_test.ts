/**
 * Parity with the reference: every golden file that there is a check for, and
 * that the checks can fail.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { TrainPrecision } from "../lib/config/config.ts";
import { DataError } from "../lib/errors.ts";
import { Gpu } from "../lib/gpu/gpu.ts";
import { SafetensorsFile } from "../lib/safetensors/reader.ts";
import { writeSafetensors } from "../lib/safetensors/writer.ts";
import type { GoldenResources } from "../tasks/parity/check.ts";
import { checkGolden, listGolden } from "../tasks/parity/check_folder.ts";
import { fractionDiffering, relativeError } from "../tasks/parity/compare.ts";
import { isOfNetwork } from "../tasks/parity/registry.ts";
import { LazyResources } from "../tasks/parity/resources.ts";
import { resultLine } from "../tasks/parity/table.ts";
import { withFolder } from "./testing/folder.ts";
import { f16Test, gpuTest } from "./testing/gpu.ts";

const GOLDEN = "tests/golden";
const host = new LazyResources();

function resourcesWith(gpu: Gpu, precision: TrainPrecision = "f32"): GoldenResources {
  return {
    precision,
    gpu: () => Promise.resolve(gpu),
    schedule: (vocabSize) => host.schedule(vocabSize),
  };
}

async function assertAgrees(gpu: Gpu, stem: string, precision?: TrainPrecision): Promise<void> {
  const { results } = await checkGolden(GOLDEN, stem, resourcesWith(gpu, precision));
  const failed = results.filter(({ pass }) => !pass);
  assert(failed.length === 0, "\n" + failed.map((each) => resultLine(each, 0)).join("\n"));
}

for (const stem of (await listGolden(GOLDEN)).checked) {
  gpuTest(`golden: ${stem} agrees with the reference`, (gpu) => assertAgrees(gpu, stem));
  if (!isOfNetwork(stem)) continue;
  f16Test(
    `golden: ${stem} agrees with the reference in mixed precision`,
    (gpu) => assertAgrees(gpu, stem, "mixed"),
  );
}

gpuTest("golden: the other kind of adapter's kernels agree with the reference", async (usual) => {
  using gpu = await Gpu.open({ kind: usual.kind === "cpu" ? "gpu" : "cpu" });
  for (
    const stem of [
      "odd_dit_forward",
      "odd_flm_loss_llw",
      "odd_flm_loss_capped",
      "odd_distill_loss",
      "odd_second_stage_loss",
      "odd_psd_loss",
      "odd_samplers",
      "odd_psd_samplers",
    ]
  ) {
    await assertAgrees(gpu, stem);
    if (isOfNetwork(stem) && gpu.hasF16) await assertAgrees(gpu, stem, "mixed");
  }
  await gpu.finish();
  assertEquals(gpu.memory().inUse, 0);
});

/** Writes `schedule` of the vocabulary size 37 alone into a folder, changed by `change`. */
async function copySchedule(
  dir: string,
  change: (tensors: Map<string, Float64Array<ArrayBuffer>>) => void,
): Promise<void> {
  using file = await SafetensorsFile.open(`${GOLDEN}/schedule.safetensors`);
  const tensors = new Map<string, Float64Array<ArrayBuffer>>();
  for (const name of file.tensors.keys()) {
    if (/^(37|gauss_hermite|log_ndtr)\./.test(name)) {
      tensors.set(name, await file.read(name, "f64"));
    }
  }
  change(tensors);
  const specs = [...tensors].map(([name, { length }]) => ({
    name,
    dtype: "F64" as const,
    shape: [length],
  }));
  await writeSafetensors(`${dir}/schedule.safetensors`, specs, ({ name }) => tensors.get(name)!);
  await Deno.writeTextFile(`${dir}/schedule.json`, JSON.stringify({ vocab_sizes: [37] }));
}

/** Adds `amount` to the first element of a float32 tensor in a file. */
async function addTo(path: string, name: string, amount: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  using file = await SafetensorsFile.open(path);
  const { byteOffset } = file.info(name);
  const view = new DataView(bytes.buffer);
  view.setFloat32(byteOffset, view.getFloat32(byteOffset, true) + amount, true);
  await Deno.writeFile(path, bytes);
}

/** What failed in a folder's `schedule`. */
async function failedIn(dir: string): Promise<string[]> {
  const { results } = await checkGolden(dir, "schedule", host);
  return results.filter(({ pass }) => !pass).map(({ quantity }) => quantity);
}

Deno.test("checkGolden() passes a file that was only copied", () =>
  withFolder(async (dir) => {
    await copySchedule(dir, () => {});
    assertEquals(await failedIn(dir), []);
  }));

Deno.test("checkGolden() fails the quantity of which a value was changed", () =>
  withFolder(async (dir) => {
    await copySchedule(dir, (tensors) => tensors.get("37.gamma_to_alpha")![100]! += 1e-7);
    assertEquals(await failedIn(dir), ["37.gamma_to_alpha"]);
  }));

Deno.test("checkGolden() fails the quantity of which a value is NaN", () =>
  withFolder(async (dir) => {
    await copySchedule(dir, (tensors) => tensors.get("gauss_hermite.w")![3] = NaN);
    assertEquals(await failedIn(dir), ["gauss_hermite.w"]);
  }));

Deno.test("checkGolden() fails when a tensor is missing, shorter or the file is truncated", () =>
  withFolder(async (dir) => {
    await copySchedule(dir, (tensors) => tensors.delete("37.gamma_to_alpha"));
    assertEquals(await failedIn(dir), ["37.gamma_to_alpha"]);
    await copySchedule(dir, (tensors) => {
      tensors.set("log_ndtr.y", tensors.get("log_ndtr.y")!.slice(1));
    });
    assertEquals(await failedIn(dir), ["log_ndtr.y"]);
    await copySchedule(dir, (tensors) => tensors.delete("37.gamma"));
    assertEquals(await failedIn(dir), ["(the rest)"]);
    await Deno.truncate(`${dir}/schedule.safetensors`, 5000);
    assertEquals(await failedIn(dir), ["(the rest)"]);
    await Deno.remove(`${dir}/schedule.safetensors`);
    assert((await failedIn(dir)).length > 0);
  }));

Deno.test("checkGolden() fails a description that holds no cases", () =>
  withFolder(async (dir) => {
    for (const text of ["{}", '{"cases": []}', "not JSON"]) {
      await Deno.writeTextFile(`${dir}/entropy.json`, text);
      const { results } = await checkGolden(dir, "entropy", host);
      assertEquals(results.map(({ pass }) => pass), [false], text);
    }
  }));

gpuTest(
  "checkGolden() fails the gradient of which a value was changed",
  (gpu) =>
    withFolder(async (dir) => {
      for (const stem of ["tiny_flm_loss", "tiny_weights_flm"]) {
        for (const extension of ["json", "safetensors"]) {
          const name = `${stem}.${extension}`;
          await Deno.copyFile(`${GOLDEN}/${name}`, `${dir}/${name}`);
        }
      }
      const failed = async () => {
        const { results } = await checkGolden(dir, "tiny_flm_loss", resourcesWith(gpu));
        return results.filter(({ pass }) => !pass).map(({ quantity }) => quantity);
      };
      const gradient = "grad.blocks.0.attn_qkv.weight";
      await addTo(`${dir}/tiny_flm_loss.safetensors`, gradient, 0.01);
      assertEquals(await failed(), [gradient]);
      await addTo(`${dir}/tiny_weights_flm.safetensors`, "blocks.1.mlp.2.bias", 0.1);
      assert((await failed()).length > 20);
      await Deno.remove(`${dir}/tiny_weights_flm.safetensors`);
      assertEquals(await failed(), ["(the rest)"]);
    }),
);

Deno.test("listGolden() throws when there is nothing to check", () =>
  withFolder(async (dir) => {
    await assertRejects(() => listGolden(`${dir}/none`), DataError, "no such file or folder");
    await assertRejects(() => listGolden(dir), DataError, "no golden file");
    await Deno.copyFile(`${GOLDEN}/entropy.json`, `${dir}/entropy.json`);
    await Deno.writeTextFile(`${dir}/tiny_unheard_of.json`, "{}");
    await Deno.writeTextFile(`${dir}/tiny_weights_flm.json`, "{}");
    assertEquals(await listGolden(dir), { checked: ["entropy"], unchecked: ["tiny_unheard_of"] });
    await assertRejects(() => listGolden(dir, "psd"), DataError, '"psd"');
  }));

Deno.test("relativeError() is the L2 norm of the difference over that of the reference", () => {
  assertEquals(relativeError([3, 0], [0, 4]), 5 / 4);
  assertEquals(relativeError([0, 1e-3], [0, 0]), 1e-3);
  assertEquals(relativeError([1, NaN], [1, 1]), NaN);
  assertEquals(relativeError([1], [1, 1]), NaN);
});

Deno.test("fractionDiffering() counts tokens", () => {
  assertEquals(fractionDiffering([1, 2, 3, 4], [1, 0, 3, 4]), 1 / 4);
  assertEquals(fractionDiffering([], []), 0);
  assertEquals(fractionDiffering([1], []), NaN);
});

/** Runs the program. */
async function runProgram(...args: string[]): Promise<{ code: number; text: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "tasks/parity.ts", ...args],
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("deno task parity exits with 1 when a value was changed, and says which", () =>
  withFolder(async (dir) => {
    const path = `${dir}/group_texts.json`;
    await Deno.copyFile(`${GOLDEN}/group_texts.json`, path);
    await Deno.writeTextFile(`${dir}/odd_unheard_of.json`, "{}");
    const good = await runProgram(dir, "--filter", "o");
    assertEquals(good.code, 0, good.text);
    assertMatch(good.text, /No check yet for:\n {2}odd_unheard_of\n/);

    const golden = JSON.parse(await Deno.readTextFile(path));
    golden.cases[2].input_ids[0][1]++;
    await Deno.writeTextFile(path, JSON.stringify(golden));
    const bad = await runProgram(dir);
    assertEquals(bad.code, 1, bad.text);
    const failed = bad.text.split("\n").filter((line) => line.endsWith("FAIL"));
    assertEquals(failed.length, 1, bad.text);
    assert(failed[0]!.includes(golden.cases[2].name), bad.text);
  }));

Deno.test("deno task parity exits with 1 when the folder has no golden file", () =>
  withFolder(async (dir) => {
    const { code, text } = await runProgram(dir);
    assertEquals(code, 1, text);
    assertMatch(text, /^error: .* has no golden file/);
  }));
