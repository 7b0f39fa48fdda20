/**
 * How the launcher finds and installs Deno.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  fakeDeno,
  fakeNpm,
  notices,
  PINNED,
  Sandbox,
  serveDeno,
} from "../testing/launcher_sandbox.ts";

Deno.test("flm uses the Deno in its cache when the one on the PATH is too old", async () => {
  for (const version of ["2.8.9", "1.46.3", "nonsense"]) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("deno", fakeDeno(version));
    await sandbox.tool("npm", fakeNpm(PINNED));
    await sandbox.cache("2.10.0");
    const outcome = await sandbox.flm(["demo"]);
    assertMatch(outcome.stdout, /^version 2\.10\.0\n/);
    assertEquals(sandbox.calls(), []);
  }
});

Deno.test("flm puts the Deno in its cache first on the PATH, for tasks that run tasks", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.8.9"));
  await sandbox.cache("2.10.0");
  await Deno.writeTextFile(sandbox.cachedDeno, '\n[ "$1" = -V ] || echo "$PATH"\n', {
    append: true,
  });
  const { stdout } = await sandbox.flm(["demo"]);
  const folder = sandbox.cachedDeno.replace(/\/deno$/, "");
  assertEquals(stdout.trim().split("\n").at(-1), `${folder}:${sandbox.bin}`);
});

Deno.test("flm uses the Deno on the PATH when it is new enough", async () => {
  for (const version of ["2.9.0", "2.10.1", "2.9.6+abc123", "3.0.0"]) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("deno", fakeDeno(version));
    await sandbox.cache("2.11.0");
    const outcome = await sandbox.flm(["demo"]);
    assertStringIncludes(outcome.stdout, `version ${version}\n`);
  }
});

Deno.test("flm installs Deno from npm once when there is none", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const first = await sandbox.flm(["demo", "x"]);
  assertEquals(first.code, 0);
  assertMatch(first.stdout, /^version 2\.9\.6\n[^]*<demo>\n<x>\n$/);
  assertEquals(notices(first).length, 1);
  assertMatch(
    first.stderr,
    /^flm: no Deno found; installing Deno 2.9.6 with npm into .*Linux-x86_64\n$/,
  );
  const second = await sandbox.flm(["demo"]);
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(sandbox.calls().length, 1);
  assertMatch(
    sandbox.calls()[0] ?? "",
    /^npm install .*--ignore-scripts .*@deno\/linux-x64-glibc@2\.9\.6$/,
  );
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm replaces the Deno in its cache when it is too old or damaged", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  await sandbox.cache("2.8.0");
  assertStringIncludes((await sandbox.flm(["demo"])).stdout, "version 2.9.6\n");
  await Deno.writeTextFile(sandbox.cachedDeno, "");
  assertStringIncludes((await sandbox.flm(["demo"])).stdout, "version 2.9.6\n");
  assertEquals(sandbox.calls().length, 2);
});

Deno.test("flm keeps its cache under XDG_CACHE_HOME when that is an absolute path", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const cache = `${sandbox.folder}/a cache`;
  assertEquals((await sandbox.flm(["demo"], { XDG_CACHE_HOME: cache })).code, 0);
  assert((await Deno.stat(`${cache}/flm/deno/Linux-x86_64/deno`)).isFile);
  assertEquals((await sandbox.flm(["demo"], { XDG_CACHE_HOME: "relative" })).code, 0);
  assert((await Deno.stat(sandbox.cachedDeno)).isFile);
});

Deno.test("flm installs Deno with curl when there is no npm", async () => {
  await using sandbox = await Sandbox.create();
  await serveDeno(sandbox, PINNED);
  const outcome = await sandbox.flm(["demo"]);
  assertMatch(outcome.stdout, /^version 2\.9\.6\n/);
  const file = "@deno/linux-x64-glibc/-/linux-x64-glibc-2.9.6.tgz";
  assertMatch(sandbox.calls()[0] ?? "", new RegExp(`^curl .* https://registry.npmjs.org/${file} `));
  await Deno.remove(sandbox.cachedDeno);
  await sandbox.flm(["demo"], { npm_config_registry: "https://mirror.example/npm/" });
  assertMatch(sandbox.calls()[1] ?? "", new RegExp(`^curl .* https://mirror.example/npm/${file} `));
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm turns to curl when npm fails or brings something else", async () => {
  const failures = [
    'echo "npm error network request failed, reason: refused" >&2; exit 1',
    fakeNpm(`${PINNED}echo "and more"\n`),
    "exit 0",
  ];
  for (const npm of failures) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("npm", npm);
    await serveDeno(sandbox, PINNED);
    const outcome = await sandbox.flm(["demo"]);
    assertMatch(outcome.stdout, /^version 2\.9\.6\n/);
    const [, second, ...more] = notices(outcome);
    assertMatch(second ?? "", /npm: .+; installing Deno 2\.9\.6 with curl into /);
    assertEquals(more, []);
  }
});

Deno.test("flm runs nothing that is not the Deno it expects", async () => {
  const other = '#!/bin/sh\necho ran >>"$LOG"\necho "deno 2.9.6"\n';
  for (const installer of ["npm", "curl"]) {
    await using sandbox = await Sandbox.create();
    if (installer === "npm") await sandbox.tool("npm", fakeNpm(other));
    else await serveDeno(sandbox, other);
    const outcome = await sandbox.flm(["demo"]);
    assertEquals([outcome.code, outcome.stdout], [1, ""]);
    assertMatch(
      notices(outcome).at(-1) ?? "",
      /brought something else \(SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}\)/,
    );
    assertEquals(sandbox.calls().length, 1);
    assertEquals(sandbox.stages(), []);
  }
});

Deno.test("flm says so when the Deno it expects does not start", async () => {
  await using sandbox = await Sandbox.create();
  const broken = "#!/bin/sh\nexit 1\n";
  await sandbox.expect(broken);
  await sandbox.tool("npm", fakeNpm(broken));
  const outcome = await sandbox.flm(["demo"]);
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.stderr, "npm: brought a Deno that does not start here");
});

Deno.test("flm checks Deno with what there is, and installs none that it cannot check", async () => {
  const tools: [string, string][] = [
    ["shasum", '[ "$*" = "-a 256" ] && exec /usr/bin/sha256sum'],
    ["openssl", '[ "$*" = "dgst -sha256 -r" ] && /usr/bin/sha256sum | sed "s/ .*/ *stdin/"'],
  ];
  for (const [name, body] of tools) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("npm", fakeNpm(PINNED));
    await Deno.remove(`${sandbox.bin}/sha256sum`);
    const unchecked = await sandbox.flm(["demo"]);
    assertMatch(
      unchecked.stderr,
      /^flm: no Deno found, and none of sha256sum, shasum and openssl /,
    );
    assertEquals(sandbox.calls(), []);
    await sandbox.tool(name, body);
    assertMatch((await sandbox.flm(["demo"])).stdout, /^version 2\.9\.6\n/);
  }
});

Deno.test("flm has a Deno for each platform that npm has one for", async () => {
  const platforms = {
    "Linux x86_64": "linux-x64-glibc",
    "Linux aarch64": "linux-arm64-glibc",
    "Darwin x86_64": "darwin-x64",
    "Darwin arm64": "darwin-arm64",
  };
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", 'echo "$*" >>"$LOG"; exit 1');
  for (const [platform, name] of Object.entries(platforms)) {
    await sandbox.tool("uname", `echo "${platform}"`);
    await sandbox.flm(["demo"]);
    assert(sandbox.calls().at(-1)?.endsWith(` @deno/${name}@2.9.6`), sandbox.calls().at(-1));
  }
  await sandbox.tool("uname", 'echo "Linux riscv64"');
  assertMatch(
    (await sandbox.flm(["demo"])).stderr,
    /^flm: no Deno found, and npm has none for this platform \(Linux-riscv64\): see /,
  );
});

Deno.test("flm says why in one line when neither npm nor curl can fetch Deno", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool(
    "npm",
    `cat >&2 <<'END'
npm warn Unknown user config "x".
npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error network request to https://npm.example/deno failed, reason: getaddrinfo ENOTFOUND
npm error A complete log of this run can be found in: /root/.npm/_logs
END
exit 1`,
  );
  await sandbox.tool(
    "curl",
    'echo "curl: (6) Could not resolve host: registry.npmjs.org" >&2; exit 6',
  );
  const outcome = await sandbox.flm(["demo"]);
  assertEquals([outcome.code, outcome.stdout], [1, ""]);
  assertEquals(outcome.stderr.split("\n").length, 4);
  assertEquals(
    notices(outcome).at(-1),
    "flm: cannot install Deno (npm: network request to https://npm.example/deno failed, reason: " +
      "getaddrinfo ENOTFOUND; curl: (6) Could not resolve host: registry.npmjs.org): check the network, or see " +
      "https://docs.deno.com/runtime/getting_started/installation/",
  );
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm says so in one line when there is nothing to install Deno with", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.1.4"));
  const outcome = await sandbox.flm(["demo"]);
  assertEquals([outcome.code, outcome.stdout], [1, ""]);
  assertEquals(
    outcome.stderr,
    `flm: found only Deno 2.1.4 (${sandbox.bin}/deno), and neither npm nor curl is there to ` +
      "install it: see https://docs.deno.com/runtime/getting_started/installation/\n",
  );
});

Deno.test("flm says so when its cache folder cannot be made", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  // A file stands where the folder would go, which stops root too.
  await Deno.writeTextFile(`${sandbox.folder}/home/.cache`, "");
  const outcome = await sandbox.flm(["demo"]);
  assertEquals(outcome.code, 1);
  assertMatch(outcome.stderr, /^flm: cannot install Deno: .*\/flm is not writable; set XDG_CACHE_/);
  assertEquals(outcome.stderr.split("\n").length, 2);
  const homeless = await sandbox.sh('unset HOME; exec "$0" demo', [`${sandbox.project}/flm`]);
  assertEquals(
    homeless.stderr,
    "flm: cannot install Deno: neither XDG_CACHE_HOME nor HOME names a folder\n",
  );
});

Deno.test("flm installs no Deno when FLM_NO_INSTALL forbids it", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const outcome = await sandbox.flm(["demo"], { FLM_NO_INSTALL: "1" });
  assertEquals(outcome.code, 1);
  assertMatch(
    outcome.stderr,
    /^flm: no Deno found, .* FLM_NO_INSTALL forbids installing it: .*\n$/,
  );
  assertEquals(sandbox.calls(), []);
});

Deno.test("flm takes nothing from an installation that was killed half-way", async () => {
  for (const [signal, code] of [["KILL", 137], ["TERM", 143], ["INT", 130]] as const) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool(
      "npm",
      `${fakeNpm("half\n")}\nkill -${signal} "$LAUNCHER"\nexit 1`,
    );
    // `exec` keeps the process, so that npm's stand-in knows the launcher's number.
    const line = 'export LAUNCHER=$$; exec "$0" demo';
    const killed = await sandbox.sh(line, [`${sandbox.project}/flm`]);
    assertEquals([killed.code, killed.stdout], [code, ""]);
    assertEquals(sandbox.stages().length, signal === "KILL" ? 1 : 0);

    await sandbox.tool("npm", fakeNpm(PINNED));
    const again = await sandbox.flm(["demo"]);
    assertMatch(again.stdout, /^version 2\.9\.6\n/);
    assertEquals(sandbox.calls().length, 2);
  }
});

Deno.test("flm sweeps what killed installations left a day ago when it installs again", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(PINNED));
  const cache = `${sandbox.folder}/home/.cache/flm`;
  for (const name of ["stage.old", "stage.new"]) {
    await Deno.mkdir(`${cache}/${name}`, { recursive: true });
    await Deno.writeTextFile(`${cache}/${name}/deno`, "half");
  }
  const longAgo = new Date(Date.now() - 3 * 86_400_000);
  await Deno.utime(`${cache}/stage.old`, longAgo, longAgo);
  assertEquals((await sandbox.flm(["demo"])).code, 0);
  assertEquals(sandbox.stages(), ["stage.new"]);
});
