/**
 * run.sh of a kit, with a stand-in for Deno.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exists } from "../../lib/system/exists.ts";
import { packFile } from "../../tasks/gpu_kit/pack.ts";
import { withFolder } from "../testing/folder.ts";
import { ROOT } from "../testing/program.ts";

/** A program that says how it was called. */
const DENO = `#!/bin/sh
if [ "$1" = -V ]; then echo "deno 2.9.6"; exit; fi
echo "cwd $PWD"
for name in DENO_DIR INIT_CWD FLM_COMMAND VK_DRIVER_FILES; do
  eval "echo \\"$name \\\${$name:-}\\""
done
for argument; do echo "<$argument>"; done
`;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the script from another folder. */
async function run(
  kit: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
    args: [`${kit}/run.sh`, ...args],
    cwd: "/",
    clearEnv: true,
    // No driver of this machine's is looked for.
    env: { PATH: "/usr/bin:/bin", VK_DRIVER_FILES: "/none.json", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs tests with a kit of their own, which has no more than the script needs. */
const withKit = (test: (kit: string, folder: string) => Promise<void>) =>
  withFolder(async (given) => {
    const folder = await Deno.realPath(given);
    const kit = `${folder}/a kit`;
    const dawn = "packages/webgpu/dist/linux-x64";
    for (const name of ["bin", dawn]) await Deno.mkdir(`${kit}/${name}`, { recursive: true });
    await Deno.copyFile(`${ROOT}tasks/gpu_kit/run.sh`, `${kit}/run.sh`);
    await Deno.writeTextFile(`${kit}/commit`, "abc\n");
    for (const [path, text] of [["bin/deno", DENO], [`${dawn}/dawn.node`, "dawn"]] as const) {
      await Deno.writeTextFile(`${folder}/content`, text);
      await packFile(`${folder}/content`, `${kit}/${path}`, "gz");
    }
    await test(kit, folder);
  });

Deno.test("run.sh unpacks into its own folder, and measures with what is there", () =>
  withKit(async (kit) => {
    const { code, stdout, stderr } = await run(kit, { args: ["--seconds", "9"] });
    assertEquals([code, stderr], [0, ""]);
    for (
      const line of [
        `cwd ${kit}`,
        `DENO_DIR ${kit}/cache/deno`,
        "INIT_CWD /",
        `FLM_COMMAND sh ${kit}/run.sh`,
        "VK_DRIVER_FILES /none.json",
        `<bench/card.ts>\n<--out>\n<${kit}/report>\n<--commit>\n<abc>`,
        "<--seconds>\n<9>",
      ]
    ) assertStringIncludes(stdout, `${line}\n`);
    assert(!/allow-all|<-A>|allow-ffi|allow-net/.test(stdout));
    const dawn = await Deno.readTextFile(`${kit}/packages/webgpu/dist/linux-x64/dawn.node`);
    assertEquals(dawn, "dawn");
    // What is there is not unpacked again.
    await Deno.remove(`${kit}/bin/deno.gz`);
    assertEquals((await run(kit)).code, 0);
  }));

Deno.test("run.sh works in a copy where it may not write, and removes it", () =>
  withKit(async (kit, folder) => {
    // Not even root makes a folder where there is a file.
    await Deno.writeTextFile(`${kit}/cache`, "");
    const parent = `${folder}/temporary`;
    await Deno.mkdir(parent);
    const { code, stdout, stderr } = await run(kit, { env: { TMPDIR: parent } });
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, new RegExp(`^cwd ${parent}/gpu-kit\\.\\w+$`, "m"));
    assertStringIncludes(stdout, "<--out>\n<//gpu-report>");
    assertEquals(await Array.fromAsync(Deno.readDir(parent)), []);
    assertEquals(await exists(`${kit}/bin/deno`), false);
  }));

Deno.test("run.sh says what is missing, and what does not start", () =>
  withKit(async (kit) => {
    await Deno.writeTextFile(`${kit}/bin/deno.gz`, "no gzip");
    const damaged = await run(kit);
    assertEquals(damaged.code, 1);
    assertStringIncludes(damaged.stderr, `gpu-kit: cannot unpack ${kit}/bin/deno.gz`);

    await Deno.remove(`${kit}/bin/deno.gz`);
    const missing = await run(kit);
    assertEquals(missing.code, 1);
    assertStringIncludes(missing.stderr, "gpu-kit: bin/deno is missing from the kit");

    // A machine that has what the script needs but xz.
    const tools = `${kit}/tools`;
    await Deno.mkdir(tools);
    for (const name of ["uname", "mkdir"]) await Deno.symlink(`/bin/${name}`, `${tools}/${name}`);
    await Deno.writeTextFile(`${kit}/bin/deno.xz`, "");
    const noProgram = await run(kit, { env: { PATH: tools } });
    assertEquals(noProgram.code, 1);
    assertStringIncludes(noProgram.stderr, "there is no xz, which unpacks bin/deno: install it");

    await Deno.writeTextFile(`${kit}/bin/deno`, "#!/bin/sh\necho no such library\nexit 1\n");
    await Deno.chmod(`${kit}/bin/deno`, 0o755);
    const broken = await run(kit);
    assertEquals(broken.code, 1);
    assertStringIncludes(broken.stderr, `Deno does not start in ${kit} (no such library)`);
  }));
