/**
 * How the launcher calls a task.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fakeDeno, Sandbox } from "../testing/launcher_sandbox.ts";
import { ROOT } from "../testing/program.ts";

Deno.test("flm hands its arguments to deno task untouched when called from another folder", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const outcome = await sandbox.flm([
    "train",
    "--config",
    "my recipe.yaml",
    "",
    "*",
    "$HOME",
    "a'b",
  ]);
  const project = sandbox.project;
  assertEquals(outcome, {
    code: 0,
    stdout: [
      "version 2.9.0",
      `cwd ${sandbox.elsewhere}`,
      `init ${sandbox.elsewhere}`,
      `command ${project}/flm`,
      "lifetime ",
      `runtime ${sandbox.env["HOME"]}/.cache/flm/runtime`,
      "webgpu vulkan",
      ...["task", "--config", `${project}/deno.json`, "train", "--config", "my recipe.yaml"]
        .map((argument) => `<${argument}>`),
      "<>",
      "<*>",
      "<$HOME>",
      "<a'b>",
      "",
    ].join("\n"),
    stderr: "",
  });
});

Deno.test("flm has Deno say what it fetches at the first start with its packages, and no more", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const isQuiet = async (env: Record<string, string> = { DENO_DIR: "" }) =>
    (await sandbox.flm(["demo"], env)).stdout.includes("<task>\n<--quiet>\n");
  assertEquals([await isQuiet(), await isQuiet()], [false, true]);
  // Other packages, and others' packages.
  const elsewhere = { DENO_DIR: `${sandbox.folder}/packages` };
  assertEquals([await isQuiet(elsewhere), await isQuiet(elsewhere)], [false, true]);
  await Deno.writeTextFile(`${sandbox.project}/deno.lock`, "{}");
  assertEquals([await isQuiet(), await isQuiet()], [false, true]);
  // Where nothing can be noted every start is the first.
  assertEquals([await isQuiet({}), await isQuiet({})], [false, false]);
});

Deno.test("flm names the caller's folder when INIT_CWD is there from an outer task", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const outcome = await sandbox.flm(["demo"], { INIT_CWD: "/outer" });
  assertStringIncludes(outcome.stdout, `init ${sandbox.elsewhere}\n`);
});

Deno.test("flm tells tasks that they outlive their terminal when nohup says so", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const line = `trap "" HUP; exec "$0" demo`;
  const { stdout } = await sandbox.sh(line, [`${sandbox.project}/flm`]);
  assertStringIncludes(stdout, "lifetime nohup\n");
});

Deno.test("flm finds its project when called through symbolic links", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const outcome = await sandbox.sh(
    'PATH=/usr/bin:/bin; ln -s "../the project/flm" first && ln -s "$1/first" second && ' +
      "PATH=$2; exec ./second demo",
    ["sh", sandbox.elsewhere, sandbox.bin],
  );
  assertStringIncludes(outcome.stdout, `<${sandbox.project}/deno.json>\n<demo>\n`);
});

Deno.test("flm passes the task's exit status on when the task fails", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", '[ "$1" = -V ] && { echo "deno 3.0.1"; exit; }; exit 7');
  assertEquals(await sandbox.flm(["demo"]), { code: 7, stdout: "", stderr: "" });
});

Deno.test("flm raises a limit of open files that is too low for Deno, or says so", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", `${fakeDeno("2.9.6")}\nulimit -n`);
  const run = (line: string) =>
    sandbox.sh(`${line}; exec "$0" "$@"`, [`${sandbox.project}/flm`, "demo"]);
  const raised = await run("ulimit -S -n 20");
  assertEquals([raised.code, raised.stdout.trim().split("\n").at(-1)], [0, "64"]);
  assertEquals(await run("ulimit -n 20"), {
    code: 1,
    stdout: "",
    stderr: "flm: only 20 files may be open at a time (ulimit -n), and Deno needs 64: raise the " +
      "limit\n",
  });
});

Deno.test("flm says so when Deno does not start for want of address space", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", `[ "$1" != eval ] || exit 133\n${fakeDeno("2.9.6")}`);
  assertEquals((await sandbox.flm(["demo"])).code, 0);
  const { code, stderr } = await sandbox.sh(
    'ulimit -v 4000000; exec "$0" "$@"',
    [`${sandbox.project}/flm`, "demo"],
  );
  assertEquals(code, 1);
  assertEquals(
    stderr,
    "flm: Deno does not start with 4000000 KiB of address space (ulimit -v): it reserves far more " +
      "than it uses, so lift the limit\n",
  );
});

Deno.test("flm tells its version, without Deno", async () => {
  await using sandbox = await Sandbox.create();
  await Deno.copyFile(`${ROOT}deno.json`, `${sandbox.project}/deno.json`);
  const { version } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const flag of ["--version", "-V"]) {
    assertEquals(await sandbox.flm([flag]), { code: 0, stdout: `flm ${version}\n`, stderr: "" });
  }
});

Deno.test("flm hands on a folder of caches only if it is a path from the root on", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", `${fakeDeno("2.9.0")}\necho "cache \${XDG_CACHE_HOME-none}"`);
  for (const [folder, kept] of [["", "none"], ["caches", "none"], ["/caches", "/caches"]]) {
    const { stdout } = await sandbox.flm(["demo"], { XDG_CACHE_HOME: folder! });
    assertStringIncludes(stdout, `cache ${kept}\n`);
  }
});
