/**
 * What the launcher does for a Vulkan driver.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fakeDeno, notices, Sandbox } from "../testing/launcher_sandbox.ts";

/** The body of an `apt-get` whose `install` succeeds at the given attempt and brings the driver. */
function fakeApt(sandbox: Sandbox, attempt: number): string {
  const library = "usr/lib/x86_64-linux-gnu/libvulkan";
  return `shift 3
echo "apt-get $DEBIAN_FRONTEND $*" >>"$LOG"
[ "$1" = install ] || exit 0
echo x >>"${sandbox.folder}/attempts"
[ "$(cat "${sandbox.folder}/attempts" | tr -d '\\n')" = ${"x".repeat(attempt)} ] || {
  echo "W: something" >&2
  echo "E: Unable to locate package mesa-vulkan-drivers" >&2
  exit 100
}
cd "${sandbox.folder}/system"
mkdir -p usr/share/vulkan/icd.d
echo '{"ICD":{"library_path":"libvulkan_lvp.so"}}' >usr/share/vulkan/icd.d/lvp.json
touch ${library}.so.1 ${library}_lvp.so`;
}

Deno.test("flm is silent when a driver and the loader are there", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("apt-get", fakeApt(sandbox, 1));
  const places: Record<string, string>[] = [
    {},
    { XDG_DATA_DIRS: `/nowhere:${sandbox.folder}/system/usr/share` },
    { VK_DRIVER_FILES: `/nowhere:${sandbox.folder}/system/usr/share/vulkan/icd.d/lvp_icd.json` },
    { VK_ICD_FILENAMES: `${sandbox.folder}/system/usr/share/vulkan/icd.d` },
  ];
  for (const env of places) {
    const outcome = await sandbox.flm(["demo"], env);
    assertEquals([outcome.code, outcome.stderr], [0, ""]);
  }
  assertEquals(sandbox.calls(), []);
});

Deno.test("flm finds the loader when only ldconfig or LD_LIBRARY_PATH knows it", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.removeVulkan("loader");
  assertEquals(notices(await sandbox.flm(["demo"])).length, 1);
  await sandbox.tool("ldconfig", 'echo "	libvulkan.so.1 (libc6,x86-64) => /opt/libvulkan.so.1"');
  assertEquals(notices(await sandbox.flm(["demo"])), []);
  await sandbox.tool("ldconfig", 'echo "	libvulkan.so.12 (libc6,x86-64) => /opt/libvulkan.so.12"');
  assertEquals(notices(await sandbox.flm(["demo"])).length, 1);
  await sandbox.systemFile("opt/x y/libvulkan.so.1", "");
  const line = 'export LD_LIBRARY_PATH="/nowhere:$FLM_SYSROOT/opt/x y"; exec "$0" demo';
  assertEquals(notices(await sandbox.sh(line, [`${sandbox.project}/flm`])), []);
});

Deno.test("flm installs Mesa's driver with apt-get when it runs as root and there is none", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("id", "echo 0");
  await sandbox.tool("apt-get", fakeApt(sandbox, 1));
  await sandbox.removeVulkan();
  const outcome = await sandbox.flm(["demo"]);
  assertMatch(outcome.stdout, /<demo>\n$/);
  assertEquals(
    outcome.stderr,
    "flm: no Vulkan driver found; installing mesa-vulkan-drivers libvulkan1\n",
  );
  assertEquals(sandbox.calls(), [
    "apt-get noninteractive install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
  ]);
  assertEquals((await sandbox.flm(["demo"])).stderr, "");
});

Deno.test("flm refreshes the package lists when apt-get knows no such package yet", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("sudo", 'echo "sudo $1 $2" >>"$LOG"\nshift; exec "$@"');
  await sandbox.tool("true", "exit 0");
  await sandbox.tool("apt-get", fakeApt(sandbox, 2));
  await sandbox.removeVulkan("driver");
  const outcome = await sandbox.flm(["demo"]);
  assertEquals(notices(outcome).length, 1);
  assertEquals(sandbox.calls(), [
    "sudo -n true",
    "sudo -n env",
    "apt-get noninteractive install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
    "sudo -n env",
    "apt-get noninteractive update",
    "sudo -n env",
    "apt-get noninteractive install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
  ]);
});

Deno.test("flm goes on to the task when apt-get fails", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("id", "echo 0");
  await sandbox.tool("apt-get", fakeApt(sandbox, 9));
  await sandbox.removeVulkan();
  const outcome = await sandbox.flm(["demo"]);
  assertMatch(outcome.stdout, /<demo>\n$/);
  assertEquals(
    notices(outcome).at(-1),
    "flm: could not install it (E: Unable to locate package mesa-vulkan-drivers); try as root: " +
      "apt-get update; apt-get install mesa-vulkan-drivers libvulkan1",
  );
});

Deno.test("flm only names the package when it may not or cannot install", async () => {
  const sudo = 'echo "sudo: a password is required" >&2; exit 1';
  const cases: [Record<string, string>, Record<string, string>, string][] = [
    [{ "apt-get": "" }, {}, "apt-get install mesa-vulkan-drivers libvulkan1"],
    [{ "apt-get": "", sudo }, {}, "apt-get install mesa-vulkan-drivers libvulkan1"],
    [
      { "apt-get": "", id: "echo 0" },
      { FLM_NO_INSTALL: "1" },
      "apt-get install mesa-vulkan-drivers libvulkan1",
    ],
    [{ dnf: "", id: "echo 0" }, {}, "dnf install mesa-vulkan-drivers"],
    [{ pacman: "", id: "echo 0" }, {}, "pacman -S vulkan-swrast"],
  ];
  for (const [tools, env, advice] of cases) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("deno", fakeDeno("2.9.6"));
    for (const [name, body] of Object.entries(tools)) {
      await sandbox.tool(name, body || `echo ${name} >>"$LOG"`);
    }
    await sandbox.removeVulkan();
    const outcome = await sandbox.flm(["demo"], env);
    assertMatch(outcome.stdout, /<demo>\n$/);
    assertEquals(
      outcome.stderr,
      `flm: no Vulkan driver found; install it as root: ${advice}\n`,
    );
    assertEquals(sandbox.calls(), []);
  }
});

Deno.test("flm asks for what is missing when it is not Mesa's package", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.removeVulkan();
  assertMatch(
    (await sandbox.flm(["demo"])).stderr,
    /^flm: no Vulkan driver found; install one for your GPU, or Mesa's software driver .*\n$/,
  );
  assertMatch(
    (await sandbox.flm(["demo"], { VK_DRIVER_FILES: "/nowhere.json" })).stderr,
    /^flm: no Vulkan driver found: VK_DRIVER_FILES .*\(\/nowhere\.json\) names none.*\n$/,
  );
  await sandbox.driver({ library: false });
  await sandbox.tool("apt-get", "");
  // The driver's library from before is still there: the loader alone is missing.
  assertEquals(
    (await sandbox.flm(["demo"])).stderr,
    "flm: no Vulkan loader (libvulkan.so.1) found; install it as root: apt-get install libvulkan1\n",
  );
  await Deno.remove(`${sandbox.folder}/system/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so`);
  assertMatch((await sandbox.flm(["demo"])).stderr, /^flm: no Vulkan driver found; /);
});

Deno.test("flm asks for no Vulkan driver when the system is macOS", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  await sandbox.tool("uname", 'echo "Darwin arm64"');
  await sandbox.removeVulkan();
  const outcome = await sandbox.flm(["demo"]);
  assertEquals([outcome.code, outcome.stderr], [0, ""]);
  assertStringIncludes(outcome.stdout, "runtime \nwebgpu \n");
});

Deno.test("flm has WebGPU load Vulkan alone on Linux, unless it is told", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  for (const [env, used] of [[{}, "vulkan"], [{ DENO_WEBGPU_BACKEND: "gl" }, "gl"]] as const) {
    assertStringIncludes((await sandbox.flm(["demo"], env)).stdout, `webgpu ${used}\n`);
  }
});

Deno.test("flm gives Mesa a private XDG_RUNTIME_DIR when there is no valid one", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  const own = `${sandbox.folder}/home/.cache/flm/runtime`;
  for (const env of [{}, { XDG_RUNTIME_DIR: "/nowhere" }, { XDG_RUNTIME_DIR: "relative" }]) {
    assertStringIncludes((await sandbox.flm(["demo"], env)).stdout, `runtime ${own}\n`);
  }
  assertEquals(((await Deno.stat(own)).mode ?? 0) & 0o777, 0o700);
  const given = await sandbox.flm(["demo"], { XDG_RUNTIME_DIR: sandbox.elsewhere });
  assertStringIncludes(given.stdout, `runtime ${sandbox.elsewhere}\n`);
});
