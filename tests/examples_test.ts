/**
 * The programs, the page and the notebook of examples/, with sizes that take seconds.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeBundle } from "./testing/bundle.ts";
import { HAS_CHROMIUM, runInChromium } from "./testing/chromium.ts";
import { withFolder } from "./testing/folder.ts";
import { gpuTest } from "./testing/gpu.ts";
import { deno, ROOT } from "./testing/program.ts";
import { answerFile } from "./testing/static_server.ts";
import { writeTinyCheckpoint } from "./testing/tiny_checkpoint.ts";

/** Examples that a test of this file runs. */
const tested = new Set<string>();

/** Registers a test of an example that has a device, and a folder with a run. */
function exampleTest(
  file: string,
  test: (folder: string, address: string) => Promise<void>,
  isPossible = true,
): void {
  tested.add(file);
  if (!isPossible) return Deno.test({ name: `examples/${file}`, ignore: true, fn() {} });
  gpuTest(`examples/${file}`, (gpu) =>
    withFolder(async (folder) => {
      await writeTinyCheckpoint(gpu, `${folder}/run`);
      await test(folder, `${ROOT}examples/${file}`);
    }));
}

/** The lines that a program prints. */
async function linesOf(program: string, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await deno(
    ["run", "--quiet", "--no-prompt", "--allow-all", "--no-check", program, ...args],
  );
  assertEquals(code, 0, stderr);
  return stdout.trimEnd().split("\n");
}

exampleTest("sample.ts", async (folder, example) => {
  const lines = await linesOf(example, `${folder}/run`, "2");
  assert(lines.length >= 4, `${lines}`);
});

exampleTest("train_on_my_text.ts", async (folder, example) => {
  await Deno.writeTextFile(`${folder}/mine.txt`, "so it goes and so it went ".repeat(40));
  const lines = await linesOf(example, `${folder}/mine.txt`, "2");
  assertMatch(lines.join("\n"), /^step 2: \d\.\d{3} nats a character\n[a-z \n]+$/m);
});

exampleTest("own_op.ts", async (_folder, example) => {
  const [line] = await linesOf(example);
  assertMatch(line!, /^largest errors of output and gradient: \d\.\de-\d+,\d\.\de-\d+$/);
});

exampleTest("train_loop.ts", async (folder, example) => {
  await Deno.writeTextFile(`${folder}/mine.txt`, "so it goes and so it went ".repeat(40));
  const lines = await linesOf(example, `${folder}/mine.txt`, "2");
  assertMatch(lines[0]!, /^step 2: loss 3\.\d{3}, gradient \d\.\d{3}$/);
  assert(lines.length >= 5, `${lines}`);
});

exampleTest("own_loss.ts", async (folder, example) => {
  await Deno.writeTextFile(`${folder}/mine.txt`, "so it goes and so it went ".repeat(40));
  const lines = await linesOf(example, `${folder}/mine.txt`, "2");
  // Of 30 tokens that are equally likely, 1 − 1/30 are wrong.
  assertMatch(lines.join("\n"), /^step 2: squared error 0\.9\d{3}\n[a-z \n]+$/m);
});

Deno.test({
  name: "examples/train_on_my_text.ts ends at Ctrl-C, with nothing left",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/mine.txt`, "so it goes and so it went ".repeat(40));
      await Deno.mkdir(`${folder}/tmp`);
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "-A",
          "--no-check",
          `${ROOT}examples/train_on_my_text.ts`,
          `${folder}/mine.txt`,
          "100000",
        ],
        env: { TMPDIR: `${folder}/tmp`, NO_COLOR: "1" },
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const reader = child.stdout.getReader();
      assertMatch(new TextDecoder().decode((await reader.read()).value), /^step \d+: /);
      child.kill("SIGINT");
      while (!(await reader.read()).done);
      const [{ code }, stderr] = await Promise.all([
        child.status,
        new Response(child.stderr).text(),
      ]);
      assertEquals([code, stderr], [130, ""]);
      assertEquals([...Deno.readDirSync(`${folder}/tmp`)], [], "its temporary folder is gone");
    }),
});

Deno.test("examples say in one line what is wrong with what they are given", async () => {
  const text = /^error: no-such cannot be read: .*\n$/;
  const messages = {
    train_on_my_text: text,
    own_loss: text,
    train_loop: text,
    sample: /^error: No checkpoint at no-such: .*\n$/,
  };
  for (const [name, message] of Object.entries(messages)) {
    const run = ["run", "--quiet", "--no-prompt", "--allow-all", "--no-check"];
    const { code, stderr } = await deno([...run, `examples/${name}.ts`, "no-such"]);
    assertEquals(code, 1, stderr);
    assertMatch(stderr, message, name);
    const steps = await deno([...run, `examples/${name}.ts`, "README.md", "abc"]);
    assertEquals(steps.code, 1, steps.stderr);
    assertEquals(steps.stderr, "error: expected a number of steps, found abc\n", name);
  }
});

const WATCH = `
  const frame = document.createElement("iframe");
  frame.src = "/examples/page.html?run=/run&steps=3";
  document.documentElement.append(frame);
  await new Promise((resolve) => frame.onload = resolve);
  const { contentDocument: page } = frame;
  while (page.body.dataset.ended === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await alive();
  }
  return ["state", "texts"].map((id) => page.getElementById(id).textContent);
`;

exampleTest("page.html", async (folder) => {
  await Deno.mkdir(`${folder}/examples`);
  await Deno.copyFile(`${ROOT}examples/page.html`, `${folder}/examples/page.html`);
  const watch = async () =>
    await runInChromium(
      WATCH,
      (request, path) => answerFile(folder + path, request.headers.get("range")),
    ) as [string, string];
  const [fault] = await watch();
  assertMatch(fault, /\/dist\/flm\.js$/);
  await makeBundle(`${folder}/dist/flm.js`);
  const [state, texts] = await watch();
  assertMatch(state, /^Step 3 of 3 on ./);
  assertMatch(texts, /^[a-z \n]+$/);
}, HAS_CHROMIUM);

const HAS_JUPYTER = await hasJupyter();

async function hasJupyter(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("jupyter", { args: ["nbconvert", "--version"] })
      .output();
    return success;
  } catch {
    return false;
  }
}

exampleTest("notebook.ipynb", async (folder, example) => {
  const kernel = `${folder}/kernels/deno`;
  await Deno.mkdir(kernel, { recursive: true });
  await Deno.writeTextFile(
    `${kernel}/kernel.json`,
    JSON.stringify({
      argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
      display_name: "Deno",
      language: "typescript",
    }),
  );
  const { success, stderr } = await new Deno.Command("jupyter", {
    args: [
      "nbconvert",
      "--to",
      "notebook",
      "--execute",
      "--out",
      `${folder}/run.ipynb`,
      example,
    ],
    env: { JUPYTER_PATH: folder, NUM_STEPS: "4" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { cells } = JSON.parse(await Deno.readTextFile(`${folder}/run.ipynb`)) as {
    cells: { outputs?: { data?: Record<string, unknown> }[] }[];
  };
  const shown = cells.flatMap(({ outputs = [] }) =>
    outputs.map(({ data = {} }) => Object.keys(data))
  );
  assertEquals(shown.filter(([kind]) => kind === "image/svg+xml").length, 2);
  assertEquals(shown.filter(([kind]) => kind === "text/html").length, 1);
}, HAS_JUPYTER);

Deno.test("the notebook is kept without outputs", async () => {
  const { cells } = JSON.parse(await Deno.readTextFile(`${ROOT}examples/notebook.ipynb`)) as {
    cells: { outputs?: unknown[]; execution_count?: number | null }[];
  };
  assertEquals(cells.flatMap(({ outputs = [] }) => outputs), []);
  assert(cells.every(({ execution_count = null }) => execution_count === null));
});

Deno.test("examples use nothing but the doors", async () => {
  for (const file of tested) {
    const text = await Deno.readTextFile(`${ROOT}examples/${file}`);
    for (const [, specifier] of text.matchAll(/\bfrom \\?"([^"\\]+)/g)) {
      assertMatch(specifier!, /^(@flm\/flm(\/[a-z]+)?|\.\.\/dist\/flm\.js)$/, file);
    }
  }
});

Deno.test("every example is run by a test", async () => {
  const files = await Array.fromAsync(Deno.readDir(`${ROOT}examples`), ({ name }) => name);
  assertEquals(files.sort(), [...tested].sort());
});
