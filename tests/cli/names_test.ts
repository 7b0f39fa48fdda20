/**
 * Recipes, runs and shards by their names.
 *
 * @module
 */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { findRun, recipe, run, shards } from "../../lib/cli/names.ts";
import { ConfigError } from "../../lib/errors.ts";
import { withFolder } from "../testing/folder.ts";

const RECIPE = recipe();
const RUN = run();

/** Makes a run's folder, of a name that begins with `test-`, as long as the test takes. */
async function withRun(test: (name: string) => void | Promise<void>): Promise<void> {
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.mkdir(`runs/${name}/checkpoints/3`, { recursive: true });
  try {
    await test(name);
  } finally {
    await Deno.remove(`runs/${name}`, { recursive: true });
  }
}

Deno.test("recipe() takes names of data/, and paths", () => {
  assertEquals(RECIPE.fromText("demo"), "data/demo.yaml");
  assertEquals(RECIPE.fromText("data/demo.yaml"), "data/demo.yaml");
  assertEquals(RECIPE.fromText("/nowhere/mine.yaml"), "/nowhere/mine.yaml");
  // What is no name is a path, there or not: who reads it says so.
  assertEquals(RECIPE.fromText("mine.yaml"), "mine.yaml");
  // A file of another ending may be meant by its name, too.
  assertEquals(RECIPE.fromText("LICENSE"), "LICENSE");
  assertEquals(RECIPE.expected, "the name of a recipe in data/, or the path of a YAML file");
});

Deno.test("recipe() names the nearest recipe, and what there is", () => {
  const complains = (name: string, message: string) =>
    assertThrows(() => RECIPE.fromText(name), ConfigError, message);
  complains(
    "lm1",
    'There is no recipe "lm1". Did you mean lm1b? In data/ there are demo, letters,',
  );
  complains("letters-sem", "Did you mean letters-semigroup?");
  // A folder of the caller's is no recipe, whatever its name.
  complains("tests", 'There is no recipe "tests".');
  complains("zzz", 'no recipe "zzz". In data/ there are demo,');
  complains("zzz", "Expected one of these names, or the path of a YAML file.");
});

Deno.test("recipe() names the file that a path may mean", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/mine.yaml`, "");
    await Deno.mkdir(`${folder}/other.yaml`);
    const complains = (path: string, near: string) =>
      assertThrows(
        () => RECIPE.fromText(path),
        ConfigError,
        `There is no recipe "${path}". Did you mean ${near}?`,
      );
    complains(`${folder}/mine.yml`, `${folder}/mine.yaml`);
    complains(`${folder}/mien.yaml`, `${folder}/mine.yaml`);
    complains("data/demmo.yaml", "data/demo.yaml");
    const far = [`${folder}/other.yml`, `${folder}/none/mine.yml`];
    assertEquals(far.map((path) => RECIPE.fromText(path)), far);
    assertEquals(RECIPE.fromText(`${folder}/mine.yaml`), `${folder}/mine.yaml`);
  }));

Deno.test("run() takes names of runs/, paths and addresses", () =>
  withRun((name) => {
    assertEquals(RUN.fromText(name), `runs/${name}`);
    assertEquals(RUN.fromText(`runs/${name}`), `runs/${name}`);
    assertEquals(RUN.fromText(`${name}/checkpoints/3`), `runs/${name}/checkpoints/3`);
    assertEquals(RUN.fromText("https://example.org/run"), "https://example.org/run");
    assertEquals(RUN.fromText("tests"), "tests");
    assertThrows(() => RUN.fromText("LICENSE"), ConfigError, 'There is no run "LICENSE".');
    assertEquals(RUN.fromText("nowhere/none"), "nowhere/none");
    for (const file of ["none.ckpt", "none.pt", "none.pth"]) {
      assertEquals(RUN.fromText(file), file);
    }
    assertEquals(RUN.check(RUN.fromText("")), undefined);
    assertThrows(
      () => RUN.fromText(`${name}x`),
      ConfigError,
      `There is no run "${name}x". Did you mean ${name}?`,
    );
    assertThrows(
      () => RUN.fromText("owt-semigroup"),
      ConfigError,
      'no run "owt-semigroup". deno task train owt-semigroup makes one of the recipe. In runs/ there',
    );
    assertThrows(
      () => RUN.fromText("data/demo.yaml"),
      ConfigError,
      'Expected the name of a run in runs/, or the path of its folder, found a file: "data/demo.y',
    );
    assertThrows(() => RECIPE.fromText(`runs/${name}`), ConfigError, "found a folder: ");
    assertThrows(
      () => RECIPE.fromText(name),
      ConfigError,
      `no recipe "${name}", but a run of that name. `,
    );
    assertEquals(findRun(name), `runs/${name}`);
    assertEquals([findRun(`${name}x`), findRun(`runs/${name}`)], [null, null]);
  }));

Deno.test("run() takes links to runs, and neither files nor links that lead nowhere", () =>
  withRun(async (name) => {
    const [link, dangling, file] = [`${name}-link`, `${name}-dangling`, `${name}-file`];
    try {
      await Deno.symlink(name, `runs/${link}`);
      await Deno.symlink("none", `runs/${dangling}`);
      await Deno.writeTextFile(`runs/${file}`, "");
      assertEquals(RUN.fromText(link), `runs/${link}`);
      for (const each of [dangling, file]) {
        const { message } = assertThrows(() => RUN.fromText(each), ConfigError);
        assertMatch(
          message,
          new RegExp(`^There is no run "${each}"\\. (Did you mean (?!${each})|In)`),
        );
      }
    } finally {
      for (const each of [link, dangling, file]) await Deno.remove(`runs/${each}`);
    }
  }));

Deno.test("a name is the program's own before a path of the caller's", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/lm1b`);
    await Deno.mkdir(`${folder}/mine/data`, { recursive: true });
    await Deno.writeTextFile(`${folder}/other`, "");
    await Deno.writeTextFile(`${folder}/mine/data/demo.yaml`, "");
    const program = `
      const { recipe } = await import("${new URL("../../lib/cli/names.ts", import.meta.url)}");
      console.log(JSON.stringify(Deno.args.map((arg) => recipe().fromText(arg))));`;
    await Deno.writeTextFile(`${folder}/program.ts`, program);
    const at = async (caller: string, ...args: string[]) => {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-prompt",
          "-R",
          "-E=INIT_CWD",
          `${folder}/program.ts`,
          ...args,
        ],
        env: { INIT_CWD: caller },
      }).output();
      return JSON.parse(new TextDecoder().decode(stdout));
    };
    assertEquals(await at(folder, "lm1b", "other", "data/demo.yaml", "data/none.yaml"), [
      "data/lm1b.yaml",
      `${folder}/other`,
      "data/demo.yaml",
      `${folder}/data/none.yaml`,
    ]);
    // A path of the caller's is so even where this program has the same.
    assertEquals(await at(`${folder}/mine`, "data/demo.yaml"), [`${folder}/mine/data/demo.yaml`]);
  }));

Deno.test("shards() takes names of shards/", async () => {
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.mkdir(`shards/${name}`, { recursive: true });
  try {
    assertEquals(shards().fromText(name), `shards/${name}`);
  } finally {
    await Deno.remove(`shards/${name}`);
  }
});
