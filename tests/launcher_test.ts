/**
 * The launcher `flm` and `.ci/run`, run by `/bin/sh` in a sandbox: a copy of the launcher in a
 * project of its own, a PATH that holds only plain utilities and stand-ins for `deno`, `npm`,
 * `curl`, `apt-get` and the like, and an empty system folder. Nothing reaches the network, the
 * package manager or the machine's drivers.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ROOT } from "./testing/program.ts";
import { crc32, deflateRawSync } from "node:zlib";

/** What a command left: its exit status and its output. */
interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a line of shell, given `$0` and the positional arguments, in an environment of its own. */
async function shell(
  line: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Outcome> {
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", line, ...args],
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A `deno` that reports a version, or else what it was asked to do and where. */
function fakeDeno(version: string): string {
  return `if [ "$1" = -V ]; then echo "deno ${version}"; exit; fi
echo "version ${version}"
echo "cwd $PWD"
echo "init $INIT_CWD"
echo "runtime \${XDG_RUNTIME_DIR:-}"
for argument; do echo "<$argument>"; done`;
}

/** The body of an `npm` that "installs" the given `deno` where npm's package would put it. */
function fakeNpm(deno: string): string {
  return `echo "npm $*" >>"$LOG"
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/@deno/linux-x64-glibc"
cat >"$2/node_modules/@deno/linux-x64-glibc/deno" <<'DENO'
#!/bin/sh
${deno}
DENO`;
}

/** The one-line errors and notices of the launcher in some output. */
function notices(outcome: Outcome): string[] {
  return outcome.stderr.split("\n").filter((line) => line.startsWith("flm: "));
}

/** A machine of its own for one test. */
class Sandbox implements AsyncDisposable {
  /** The folder that holds everything. */
  readonly folder: string;
  /** The PATH's only folder. */
  readonly bin: string;
  /** The launcher's project, whose path has a space in it. */
  readonly project: string;
  /** The folder that commands are run from. */
  readonly elsewhere: string;
  /** Where stand-ins write down how they were called. */
  readonly log: string;
  /** The environment of the launcher. */
  readonly env: Record<string, string>;

  private constructor(folder: string) {
    this.folder = folder;
    this.bin = `${folder}/bin`;
    this.project = `${folder}/the project`;
    this.elsewhere = `${folder}/else where`;
    this.log = `${folder}/log`;
    this.env = {
      PATH: this.bin,
      HOME: `${folder}/home`,
      FLM_SYSROOT: `${folder}/system`,
      LOG: this.log,
    };
  }

  /** Makes a machine with a working Vulkan driver, and with neither Deno nor installers. */
  static async create(): Promise<Sandbox> {
    const sandbox = new Sandbox(await Deno.realPath(await Deno.makeTempDir()));
    for (const name of ["bin", "the project/.ci", "else where", "home"]) {
      await Deno.mkdir(`${sandbox.folder}/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(sandbox.log, "");
    const tools =
      "awk bash cat chmod dirname env find gzip mkdir mktemp mv readlink rm sed sh touch tr";
    const linked = await shell(
      'for tool in $1; do ln -s "$(command -v "$tool")" "$2/$tool" || exit; done',
      ["sh", tools, sandbox.bin],
      sandbox.folder,
      { PATH: "/usr/local/bin:/usr/bin:/bin" },
    );
    assertEquals(linked, { code: 0, stdout: "", stderr: "" });
    await Deno.copyFile(`${ROOT}flm`, `${sandbox.project}/flm`);
    await Deno.copyFile(`${ROOT}.ci/run`, `${sandbox.project}/.ci/run`);
    await sandbox.tool("uname", 'echo "Linux x86_64"');
    await sandbox.tool("id", "echo 1000");
    await sandbox.driver();
    await sandbox.systemFile("usr/lib/x86_64-linux-gnu/libvulkan.so.1", "");
    return sandbox;
  }

  /** Puts a stand-in on the PATH. */
  async tool(name: string, body: string): Promise<void> {
    await Deno.writeTextFile(`${this.bin}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  /** Puts a file into the system folder. */
  async systemFile(path: string, text: string): Promise<void> {
    const full = `${this.folder}/system/${path}`;
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(full, text);
  }

  /** Installs a driver's description, and its library too unless told otherwise. */
  async driver(options: { library?: boolean } = {}): Promise<void> {
    const library = "/usr/lib/x86_64-linux-gnu/libvulkan_lvp.so";
    await this.systemFile(
      "usr/share/vulkan/icd.d/lvp_icd.json",
      `{\n  "ICD": {\n    "api_version": "1.1.230",\n    "library_path": "${library}"\n  }\n}`,
    );
    if (options.library ?? true) await this.systemFile(library.slice(1), "");
  }

  /** Takes the driver and the loader away, or only what is named. */
  async removeVulkan(what: "everything" | "loader" | "driver" = "everything"): Promise<void> {
    const system = `${this.folder}/system/usr`;
    if (what !== "loader") await Deno.remove(`${system}/share`, { recursive: true });
    if (what !== "driver") await Deno.remove(`${system}/lib/x86_64-linux-gnu/libvulkan.so.1`);
  }

  /** Puts a Deno where an earlier run of the launcher would have left it. */
  async cache(version: string): Promise<void> {
    const folder = this.cachedDeno.slice(0, this.cachedDeno.lastIndexOf("/"));
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(this.cachedDeno, `#!/bin/sh\n${fakeDeno(version)}\n`, { mode: 0o755 });
  }

  /** Where the launcher keeps the Deno that it installed. */
  get cachedDeno(): string {
    return `${this.folder}/home/.cache/flm/deno/Linux-x86_64/deno`;
  }

  /** The launcher's cache folder's entries that an unfinished installation left. */
  stages(): string[] {
    return [...Deno.readDirSync(`${this.folder}/home/.cache/flm`)]
      .map((entry) => entry.name).filter((name) => name.startsWith("stage."));
  }

  /** What the stand-ins wrote down, in order. */
  calls(): string[] {
    return Deno.readTextFileSync(this.log).split("\n").filter((line) => line !== "");
  }

  /** Runs the launcher from a folder outside the project. */
  async flm(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
    return await this.sh('exec "$0" "$@"', [`${this.project}/flm`, ...args], env);
  }

  /** Runs a line of shell; its `$0` is the first argument. */
  async sh(line: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
    return await shell(line, args, this.elsewhere, { ...this.env, ...env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A zip archive of one deflated file, as Deno's releases are. */
function zip(name: string, text: string): Uint8Array {
  const encoder = new TextEncoder();
  const [nameBytes, data] = [encoder.encode(name), encoder.encode(text)];
  const packed = new Uint8Array(deflateRawSync(data));
  // Version, flags, method, time and date, checksum, sizes, lengths of the name and the extra field.
  const common = new DataView(new ArrayBuffer(26));
  common.setUint16(0, 20, true);
  common.setUint16(4, 8, true);
  common.setUint32(10, crc32(data), true);
  common.setUint32(14, packed.length, true);
  common.setUint32(18, data.length, true);
  common.setUint16(22, nameBytes.length, true);
  const fields = [...new Uint8Array(common.buffer)];
  const local = [0x50, 0x4b, 3, 4, ...fields, ...nameBytes, ...packed];
  const central = [0x50, 0x4b, 1, 2, 20, 0, ...fields, ...new Array<number>(14).fill(0)];
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, central.length + nameBytes.length, true);
  end.setUint32(16, local.length, true);
  return Uint8Array.from([...local, ...central, ...nameBytes, ...new Uint8Array(end.buffer)]);
}

// ------------------------------------------------------------------------------------- the task

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
      `runtime ${sandbox.env["HOME"]}/.cache/flm/runtime`,
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

Deno.test("flm names the caller's folder when INIT_CWD is there from an outer task", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.0"));
  const outcome = await sandbox.flm(["demo"], { INIT_CWD: "/outer" });
  assertStringIncludes(outcome.stdout, `init ${sandbox.elsewhere}\n`);
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

Deno.test("flm lists the tasks when called without arguments", async () => {
  await using sandbox = await Sandbox.create();
  await Deno.writeTextFile(
    `${sandbox.project}/deno.json`,
    `{
  "imports": {
    "@std/assert": "jsr:@std/assert@^1.0.0"
  },
  "tasks": {
    "demo": {
      "description": "Trains: quickly",
      "command": "deno run tasks/demo.ts"
    },
    "golden": "deno run tasks/golden.ts"
  },
  "exclude": [
    "runs/"
  ]
}
`,
  );
  for (const args of [[], ["--help"], ["-h"]]) {
    const { code, stdout, stderr } = await sandbox.flm(args);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "./flm demo ");
    assertStringIncludes(stdout, "./flm test ");
    assert(stdout.endsWith("tasks:\n  demo                   Trains: quickly\n  golden\n"), stdout);
  }
  assertEquals(sandbox.calls(), []);
});

// ------------------------------------------------------------------------------------------ Deno

Deno.test("flm uses the Deno in its cache when the one on the PATH is too old", async () => {
  for (const version of ["2.8.9", "1.46.3", "nonsense"]) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("deno", fakeDeno(version));
    await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
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
  await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
  const first = await sandbox.flm(["demo", "x"]);
  assertEquals(first.code, 0);
  assertMatch(first.stdout, /^version 2\.9\.6\n[^]*<demo>\n<x>\n$/);
  assertEquals(notices(first).length, 1);
  assertMatch(first.stderr, /^flm: no Deno found; installing Deno with npm into .*Linux-x86_64\n$/);
  const second = await sandbox.flm(["demo"]);
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(sandbox.calls().length, 1);
  assertMatch(sandbox.calls()[0] ?? "", /^npm install .*--ignore-scripts .*deno@\^2\.9$/);
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm replaces the Deno in its cache when it is too old or damaged", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
  await sandbox.cache("2.8.0");
  assertStringIncludes((await sandbox.flm(["demo"])).stdout, "version 2.9.6\n");
  await Deno.writeTextFile(sandbox.cachedDeno, "");
  assertStringIncludes((await sandbox.flm(["demo"])).stdout, "version 2.9.6\n");
  assertEquals(sandbox.calls().length, 2);
});

Deno.test("flm keeps its cache under XDG_CACHE_HOME when that is an absolute path", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
  const cache = `${sandbox.folder}/a cache`;
  assertEquals((await sandbox.flm(["demo"], { XDG_CACHE_HOME: cache })).code, 0);
  assert((await Deno.stat(`${cache}/flm/deno/Linux-x86_64/deno`)).isFile);
  assertEquals((await sandbox.flm(["demo"], { XDG_CACHE_HOME: "relative" })).code, 0);
  assert((await Deno.stat(sandbox.cachedDeno)).isFile);
});

/** A `curl` that serves an install script like the official one, and the archive it asks for. */
async function serveDeno(sandbox: Sandbox, unpack: string): Promise<void> {
  const archive = `${sandbox.folder}/deno.zip`;
  await Deno.writeFile(archive, zip("deno", `#!/bin/sh\n${fakeDeno("2.9.7")}\n`));
  await Deno.writeTextFile(
    `${sandbox.folder}/install.sh`,
    `set -e
echo "install.sh CI=$CI $*" >>"$LOG"
bin_dir=$DENO_INSTALL/bin
exe=$bin_dir/deno
mkdir -p "$bin_dir"
cat "${archive}" >"$exe.zip"
${unpack}
chmod +x "$exe"
`,
  );
  await sandbox.tool(
    "curl",
    `echo "curl $*" >>"$LOG"\nwhile [ "$1" != -o ]; do shift; done\ncat "${sandbox.folder}/install.sh" >"$2"`,
  );
}

Deno.test("flm installs Deno with the official script when there is curl but no npm", async () => {
  await using sandbox = await Sandbox.create();
  await serveDeno(sandbox, 'unzip -d "$bin_dir" -o "$exe.zip"');
  await sandbox.tool("unzip", 'echo "unzip" >>"$LOG"\ngzip -dc <"$4" >"$2/deno"');
  const outcome = await sandbox.flm(["demo"]);
  assertMatch(outcome.stdout, /^version 2\.9\.7\n/);
  assertEquals(sandbox.calls().length, 3);
  assertMatch(sandbox.calls()[0] ?? "", /^curl -fsSL https:\/\/deno\.land\/install\.sh -o /);
  assertEquals(sandbox.calls()[1], "install.sh CI=1 --no-modify-path");
  assertEquals(sandbox.calls()[2], "unzip");
  assertEquals(sandbox.stages(), []);
});

Deno.test("flm unpacks the official script's archive when there is no unzip", async () => {
  for (const unpack of ['unzip -d "$bin_dir" -o "$exe.zip"', 'cd "$bin_dir"; unzip deno.zip']) {
    await using sandbox = await Sandbox.create();
    await serveDeno(sandbox, unpack);
    const outcome = await sandbox.flm(["demo"]);
    assertMatch(outcome.stdout, /^version 2\.9\.7\n/);
  }
});

Deno.test("flm turns to curl when npm fails or brings no Deno that runs", async () => {
  const failures = [
    'echo "npm error network request failed, reason: refused" >&2; exit 1',
    fakeNpm("exit 1"),
    fakeNpm(fakeDeno("2.8.0")),
    "exit 0",
  ];
  for (const npm of failures) {
    await using sandbox = await Sandbox.create();
    await sandbox.tool("npm", npm);
    await serveDeno(sandbox, 'unzip -d "$bin_dir" -o "$exe.zip"');
    const outcome = await sandbox.flm(["demo"]);
    assertMatch(outcome.stdout, /^version 2\.9\.7\n/);
    assertEquals(notices(outcome).length, 2);
  }
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
  await sandbox.tool("curl", 'echo "curl: (6) Could not resolve host: deno.land" >&2; exit 6');
  const outcome = await sandbox.flm(["demo"]);
  assertEquals([outcome.code, outcome.stdout], [1, ""]);
  assertEquals(outcome.stderr.split("\n").length, 4);
  assertEquals(
    notices(outcome).at(-1),
    "flm: cannot install Deno (npm: network request to https://npm.example/deno failed, reason: " +
      "getaddrinfo ENOTFOUND; curl: (6) Could not resolve host: deno.land): check the network, or see " +
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
  await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
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
  await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
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
      `${fakeNpm('echo "deno 9')}\nkill -${signal} "$LAUNCHER"\nexit 1`,
    );
    // `exec` keeps the process, so that npm's stand-in knows the launcher's number.
    const line = 'export LAUNCHER=$$; exec "$0" demo';
    const killed = await sandbox.sh(line, [`${sandbox.project}/flm`]);
    assertEquals([killed.code, killed.stdout], [code, ""]);
    assertEquals(sandbox.stages().length, signal === "KILL" ? 1 : 0);

    await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
    const again = await sandbox.flm(["demo"]);
    assertMatch(again.stdout, /^version 2\.9\.6\n/);
    assertEquals(sandbox.calls().length, 2);
  }
});

Deno.test("flm sweeps what killed installations left a day ago when it installs again", async () => {
  await using sandbox = await Sandbox.create();
  await sandbox.tool("npm", fakeNpm(fakeDeno("2.9.6")));
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

// ---------------------------------------------------------------------------------------- Vulkan

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
  assertStringIncludes(outcome.stdout, "runtime \n");
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

// --------------------------------------------------------------------------------------- .ci/run

Deno.test(".ci/run sums the tests and fails when one failed or none ran", async () => {
  const cases: [string, number, string][] = [
    [
      'echo "ok | 12 passed | 0 failed (3s)"; echo "ok | 3 passed (2 steps) | 0 failed | 1 ignored (9ms)"',
      0,
      "15 passed, 0 failed",
    ],
    ['echo "FAILED | 11 passed (1 step) | 2 failed (3s)" >&2; exit 1', 1, "11 passed, 2 failed"],
    ['echo "FAILED | 1 passed | 1 failed (3s)"', 1, "1 passed, 1 failed"],
    ['echo "not formatted"; exit 3', 3, "0 passed, 0 failed"],
    ['echo "ok | 0 passed | 0 failed (8ms)"', 1, "0 passed, 0 failed"],
    ['echo "a test prints: ok | 9 passed | 9 failed"; exit 0', 1, "0 passed, 0 failed"],
    ['printf "ok | 4 passed | 0 failed (1ms)"', 0, "4 passed, 0 failed"],
  ];
  await using sandbox = await Sandbox.create();
  const flm = `${sandbox.project}/flm`;
  for (const [body, code, last] of cases) {
    await Deno.writeTextFile(flm, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    const outcome = await sandbox.sh('exec "$0"', [`${sandbox.project}/.ci/run`]);
    assertEquals([outcome.code, outcome.stderr], [code, ""]);
    assert(outcome.stdout.endsWith(`\n${last}\n`), outcome.stdout);
  }
});

Deno.test(".ci/run calls the test task without colour or input from any folder", async () => {
  await using sandbox = await Sandbox.create();
  const flm = `${sandbox.project}/flm`;
  await Deno.writeTextFile(
    flm,
    '#!/bin/sh\necho "$* CI=$CI NO_COLOR=$NO_COLOR $PWD"\nread -r line || echo "no input"\n' +
      'echo "ok | 1 passed | 0 failed (1ms)"\n',
  );
  const outcome = await sandbox.sh('exec "$0"', [`${sandbox.project}/.ci/run`]);
  assertEquals(
    outcome.stdout,
    `test CI=true NO_COLOR=1 ${sandbox.project}\nno input\nok | 1 passed | 0 failed (1ms)\n` +
      "1 passed, 0 failed\n",
  );
});
