/**
 * `deno task doctor` as a person runs it.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { isRight } from "../../tasks/doctor/report.ts";
import { deno } from "../testing/program.ts";

Deno.test("doctor prints what it found as JSON, and succeeds where models can be trained", async () => {
  const { code, stdout, stderr } = await deno(["task", "--quiet", "doctor", "--json"]);
  assertEquals(code, 0, stderr);
  const { canTrain, machine, backends, findings } = JSON.parse(stdout);
  assertEquals(canTrain, true);
  assertEquals(machine.deno, Deno.version.deno);
  assertEquals(backends.map(({ name }: { name: string }) => name), ["builtin", "dawn"]);
  assertEquals(backends[0].adapter.answers.every(isRight), true);
  assertEquals(Array.isArray(findings), true);
});

Deno.test({
  name: "doctor fails, and says what to install, where there is no driver",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const env = { VK_DRIVER_FILES: "/none.json", DENO_WEBGPU_BACKEND: "vulkan" };
    const { code, stdout } = await deno(["task", "--quiet", "doctor"], { env });
    assertEquals(code, 1);
    assertMatch(stdout, /^builtin +no adapter$/m);
    assertMatch(stdout, /^WRONG +no Vulkan driver is installed\.$/m);
    assertMatch(stdout, /^ +→ Install that of the graphics card/m);
    assertMatch(stdout, /^verdict +nothing can be trained here$/m);
  },
});
