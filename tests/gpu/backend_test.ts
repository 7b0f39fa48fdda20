import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ConfigError, GpuError } from "../../lib/errors.ts";
import { type BackendName, backendOf, BACKENDS, DAWN_PACKAGE } from "../../lib/gpu/backend.ts";
import { gpuTest } from "../testing/gpu.ts";
import { LIB, readLines, startProgram } from "../testing/program.ts";

/** Prints what a program sees that may read nothing but the variables. */
async function printed(program: string, env: Record<string, string> = {}): Promise<string> {
  const child = startProgram(program, env);
  await child.stdin.close();
  const [lines, errors] = await Promise.all([readLines(child.stdout), readLines(child.stderr)]);
  assertEquals((await child.status).success, true, errors.join("\n"));
  return lines.join("\n");
}

Deno.test("backendOf() takes FLM_BACKEND, and builtin where it is not set", async () => {
  const program = `import { backendOf } from "${LIB}/gpu/backend.ts"; 
    console.log(backendOf().name, backendOf("builtin").name);`;
  assertEquals(await printed(program), "builtin builtin");
  assertEquals(await printed(program, { FLM_BACKEND: "" }), "builtin builtin");
  assertEquals(await printed(program, { FLM_BACKEND: "dawn" }), "dawn builtin");
});

Deno.test("backendArguments() names a backend where it is not taken unless told", async () => {
  const program = `import { backendArguments } from "${LIB}/gpu/backend.ts"; 
    console.log(...backendArguments("builtin"), "or", ...backendArguments("dawn"));`;
  assertEquals(await printed(program), "or --backend dawn");
  // A variable may have been set for that one command.
  assertEquals(
    await printed(program, { FLM_BACKEND: "dawn" }),
    "--backend builtin or --backend dawn",
  );
});

Deno.test("backendOf() says what there is when there is no backend of a name", async () => {
  const unknown = "Dawn" as BackendName;
  const message = 'The backend: expected "builtin" or "dawn", found "Dawn".';
  assertThrows(() => backendOf(unknown), ConfigError, message);
  const program = `import { backendOf } from "${LIB}/gpu/backend.ts"; 
    try { backendOf() } catch ({ name, message }) { console.log(name, message) }`;
  assertEquals(
    await printed(program, { FLM_BACKEND: "wgpu" }),
    'ConfigError FLM_BACKEND: expected "builtin" or "dawn", found "wgpu".',
  );
});

gpuTest(
  "Gpu.open() goes by the backend of the environment, and names one that is unusual",
  (gpu) => {
    assertEquals(gpu.backend, Deno.env.get("FLM_BACKEND") || "builtin");
    assertEquals(gpu.description.includes(" through Dawn "), gpu.backend === "dawn");
  },
);

Deno.test("Backend.wait() gives what was promised, or why not, and lets others have their turn", async () => {
  for (const name of BACKENDS) {
    const { wait } = backendOf(name);
    let turns = 0;
    const later = async () => {
      for (; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
      return "done";
    };
    assertEquals(await wait(later()), "done");
    assertEquals(turns, 5);
    await assertRejects(() => wait(Promise.reject(new GpuError("lost"))), GpuError, "lost");
  }
});

Deno.test("Gpu.open() says how Dawn is allowed, and asks nobody, when it may not be loaded", async () => {
  const program = `import { Gpu } from "${LIB}/gpu/gpu.ts"; 
    await Gpu.open().catch(({ name, message }) => console.log(name, message));`;
  const found = await printed(program, { FLM_BACKEND: "dawn" });
  assertMatch(found, /^GpuError The backend dawn is native code, which this program may not load/);
  assertStringIncludes(found, "./flm TASK --backend dawn");
  assertStringIncludes(found, "--allow-ffi");
});

Deno.test("deno.lock has no Dawn, since the first start of any task fetches all that is in it", async () => {
  const lock = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
  assertEquals(lock.includes(DAWN_PACKAGE.replace("npm:", "")), false);
});
