/**
 * The tests of operations, each file in a process of its own: they know every kernel's answers, and
 * run all variants.
 *
 * @module
 */

import { BACKEND_VARIABLE, type BackendName } from "../../lib/gpu/backend.ts";
import type { TestFile } from "./events.ts";
import type { CardItem, CardSection } from "./section_types.ts";

/** The project's folder. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** Folders of tests that a kit has; see {@linkcode testFiles}. */
const TEST_FOLDERS = ["tests/ops", "tests/random"] as const;

/** What is most likely to go wrong goes first. */
const FIRST = ["known_answers", "attention", "causal_attention", "linear", "matmul", "peaks"];
/** Processes at a time on a graphics card, at most: they wait for compilers most of the time. */
const MOST_PROCESSES = 4;
/** Seconds after the end of the section's time. */
const PATIENCE = 5;
/** Names of tests that failed, at most. */
const MOST_FAILURES = 10;

/** The section. */
export const kernelTests: CardSection = {
  title: "Tests of operations",
  weight: 2.5,
  async items({ gpu, backend, left, tell }) {
    const files = await testFiles();
    const cores = Math.floor(navigator.hardwareConcurrency / 2);
    const atOnce = gpu.kind === "gpu" ? Math.max(1, Math.min(MOST_PROCESSES, cores)) : 1;
    const items: CardItem[] = [];
    for (let at = 0; at < files.length; at += atOnce) {
      const own = files.slice(at, at + atOnce);
      items.push({
        name: own.join(", "),
        async run() {
          const signal = AbortSignal.timeout((left() + PATIENCE) * 1000);
          await Promise.all(own.map(async (file) => {
            const found = await runTests(file, backend, signal);
            if (found !== null) tell(found);
          }));
          if (signal.aborted) return "it was ended: no time was left";
        },
      });
    }
    return items;
  },
};

/** The test files of {@linkcode TEST_FOLDERS}, in the order in which they are run. */
export async function testFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of TEST_FOLDERS) {
    for await (const { name } of Deno.readDir(ROOT + folder)) {
      if (name.endsWith("_test.ts")) files.push(`${folder}/${name}`);
    }
  }
  const rank = (file: string) => {
    const place = FIRST.findIndex((name) => file.endsWith(`/${name}_test.ts`));
    return place < 0 ? FIRST.length : place;
  };
  return files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Runs the tests of a file; null if they were ended. */
async function runTests(
  file: string,
  backend: BackendName,
  signal: AbortSignal,
): Promise<TestFile | null> {
  const flags = ["--quiet", "--allow-all", "--no-check", "--no-lock", "--cached-only"];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", ...flags, file],
    cwd: ROOT,
    env: { [BACKEND_VARIABLE]: backend, NO_COLOR: "1" },
    ...{ stdin: "null", signal },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return signal.aborted ? null : readTests(file, text(stdout), text(stderr));
}

/** What `deno test` said of a file. */
export function readTests(file: string, stdout: string, stderr: string): TestFile {
  const summary = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/m.exec(stdout);
  if (summary === null) {
    const words = `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
    return { event: "tests", file, passed: 0, failed: 1, failures: [words || "it said nothing"] };
  }
  const failed = new Set(stdout.matchAll(/^(.+?) \.\.\. FAILED/gm).map(([, name]) => name!));
  return {
    ...{ event: "tests", file, passed: Number(summary[1]), failed: Number(summary[2]) },
    failures: [...failed].slice(0, MOST_FAILURES),
  };
}
