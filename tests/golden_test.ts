/**
 * Parity with the reference: every golden file that there is a check for, and
 * that the checks can fail.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DataError } from "../lib/errors.ts";
import { SafetensorsFile, writeSafetensors } from "../lib/io/safetensors.ts";
import type { GoldenResources } from "../tasks/golden/check.ts";
import { checkGolden, listGolden } from "../tasks/golden/check_folder.ts";
import { fractionDiffering, relativeError } from "../tasks/golden/compare.ts";
import { LazyResources } from "../tasks/golden/resources.ts";
import { resultLine } from "../tasks/golden/table.ts";
import { gpuTest } from "./testing/gpu.ts";

const GOLDEN = "tests/golden";
const host = new LazyResources();

for (const stem of (await listGolden(GOLDEN)).checked) {
  gpuTest(`golden: ${stem} agrees with the reference`, async (gpu) => {
    const resources: GoldenResources = {
      gpu: () => Promise.resolve(gpu),
      schedule: (vocabSize) => host.schedule(vocabSize),
    };
    const { results } = await checkGolden(GOLDEN, stem, resources);
    const failed = results.filter(({ pass }) => !pass);
    assert(failed.length === 0, "\n" + failed.map((each) => resultLine(each, 0)).join("\n"));
  });
}

/** Runs a test with a temporary folder. */
async function withFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

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

Deno.test("listGolden() throws when there is nothing to check", () =>
  withFolder(async (dir) => {
    await assertRejects(() => listGolden(`${dir}/none`), DataError, "no such folder");
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
    args: ["run", "--allow-read", "tasks/golden.ts", ...args],
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("deno task golden exits with 1 when a value was changed, and says which", () =>
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

Deno.test("deno task golden exits with 1 when the folder has no golden file", () =>
  withFolder(async (dir) => {
    const { code, text } = await runProgram(dir);
    assertEquals(code, 1, text);
    assertMatch(text, /^error: .* has no golden file/);
  }));
