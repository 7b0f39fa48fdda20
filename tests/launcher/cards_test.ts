/**
 * How the launcher leaves a rank one card of a machine.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { callOf, fakeDeno, Sandbox, shell } from "../testing/launcher_sandbox.ts";

/** A machine with device files of cards, and stand-ins for what hides some of them. */
async function sandboxWithCards(...cards: string[]): Promise<Sandbox> {
  const sandbox = await Sandbox.create();
  await sandbox.tool("deno", fakeDeno("2.9.6"));
  for (const card of cards) await sandbox.systemFile(`dev/${card}`, "");
  await sandbox.tool("unshare", '[ "$1" = --mount ] || exit\nshift\nexec "$@"');
  await sandbox.tool("mount", 'echo "mount $*" >>"$LOG"');
  return sandbox;
}

/** The cards that the launcher hid, twice: it tries before it says that it can. */
function hiddenCards(sandbox: Sandbox): string[] {
  const dev = `${sandbox.folder}/system/dev/`;
  const calls = sandbox.calls();
  Deno.writeTextFileSync(sandbox.log, "");
  const half = calls.slice(calls.length / 2);
  assertEquals(calls, [...half, ...half]);
  return half.flatMap((call) => {
    const [, , how, ...paths] = call.split(" ");
    if (how === "remount,bind,nodev,nosuid,noexec") return [];
    assertEquals(how?.startsWith(dev), true, call);
    assertEquals(paths, [how!]);
    return [how!.slice(dev.length)];
  });
}

const TWELVE = Array.from({ length: 12 }, (_, i) => `nvidia${i}`);

Deno.test("flm leaves a rank the card of its number on the machine", async () => {
  await using sandbox = await sandboxWithCards(
    ...TWELVE,
    "nvidiactl",
    "dri/renderD128",
    "dri/card0",
  );
  const ranks: Record<string, string>[] = [
    { OMPI_COMM_WORLD_SIZE: "24", OMPI_COMM_WORLD_LOCAL_RANK: "10", SLURM_LOCALID: "0" },
    { PMI_SIZE: "24", MPI_LOCALRANKID: "10" },
    { PMI_SIZE: "24", PMI_LOCAL_RANK: "10" },
    { PMI_SIZE: "24", MV2_COMM_WORLD_LOCAL_RANK: "10" },
    { PMIX_RANK: "13", SLURM_LOCALID: "10" },
    { PMI_SIZE: "24", LOCAL_RANK: "10" },
    // They share cards, if there are more of them.
    { PMI_SIZE: "24", MPI_LOCALRANKID: "22" },
    // What a person says counts, for one process, too.
    { PMI_SIZE: "24", MPI_LOCALRANKID: "1", FLM_CARD: "10" },
    { FLM_CARD: "10" },
  ];
  for (const env of ranks) {
    const outcome = await sandbox.flm(["train", "demo"], env);
    assertEquals(outcome.code, 0, outcome.stderr);
    assertEquals(callOf(outcome).args.at(-1), "demo");
    assertEquals(hiddenCards(sandbox), TWELVE.filter((card) => card !== "nvidia10"));
  }
});

Deno.test("flm leaves a rank a card of Mesa's where there is none of NVIDIA's", async () => {
  await using sandbox = await sandboxWithCards("dri/renderD129", "dri/renderD128", "dri/card0");
  await sandbox.flm(["train", "demo"], { PMI_SIZE: "2", MPI_LOCALRANKID: "1" });
  assertEquals(hiddenCards(sandbox), ["dri/renderD128"]);
});

Deno.test("flm hides no card when nothing is to be hidden", async () => {
  await using sandbox = await sandboxWithCards("nvidia0", "nvidia1");
  const usual: Record<string, string>[] = [
    {},
    { SLURM_LOCALID: "1" },
    { PMI_SIZE: "2" },
    { PMI_SIZE: "1", MPI_LOCALRANKID: "0" },
    { PMI_SIZE: "2", MPI_LOCALRANKID: "1", FLM_CARD: "all" },
  ];
  for (const env of usual) {
    assertEquals((await sandbox.flm(["train", "demo"], env)).code, 0);
    assertEquals(sandbox.calls(), []);
  }
  await using single = await sandboxWithCards("nvidia0", "dri/renderD128", "dri/renderD129");
  await single.flm(["train", "demo"], { PMI_SIZE: "2", MPI_LOCALRANKID: "1" });
  assertEquals(single.calls(), []);
});

Deno.test("flm says so when a card cannot be chosen, or the others not be hidden", async () => {
  await using sandbox = await sandboxWithCards("nvidia0", "nvidia1");
  const messageOf = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await sandbox.flm(["train", "demo"], env);
    assertEquals([code, stdout], [1, ""]);
    return stderr;
  };
  const wrong = "flm: FLM_CARD: expected the number of a card, from 0, or all, found first\n";
  assertEquals(await messageOf({ FLM_CARD: "first" }), wrong);
  assertEquals(
    await messageOf({ FLM_CARD: "2" }),
    "flm: FLM_CARD=2: there is no such card; 2 can be opened here, and the first is 0\n",
  );
  await sandbox.tool("unshare", "echo unshare: not permitted >&2; exit 1");
  assertMatch(
    await messageOf({ PMI_SIZE: "2", MPI_LOCALRANKID: "1" }),
    /^flm: cannot hide 1 of the 2 cards here \(unshare: not permitted\): have each process .*\n$/,
  );
});

/** A PATH with what root needs. */
const SYSTEM = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** Whether device files can be made here, and hidden. */
const canHide = (await shell(
  'unshare --mount true && cd "$(mktemp -d)" && mknod zero c 1 5 && : <>zero && rm -r "$PWD"',
  [],
  "/",
  SYSTEM,
)).code === 0;

Deno.test({
  name: "a task of flm can open no card but its own, and is the process that MPI started",
  ignore: !canHide,
  async fn() {
    await using sandbox = await Sandbox.create();
    const dev = `${sandbox.folder}/system/dev`;
    await Deno.mkdir(dev);
    const made = await shell(
      'for n in 0 1 2; do mknod "$0/nvidia$n" c 1 5 || exit; done\n' +
        'for tool in unshare mount; do ln -s "$(command -v $tool)" "$1/$tool" || exit; done',
      [dev, sandbox.bin],
      "/",
      SYSTEM,
    );
    assertEquals(made, { code: 0, stdout: "", stderr: "" });
    await sandbox.tool(
      "deno",
      `if [ "$1" = -V ]; then echo deno 2.9.6; exit; fi
for card in ${dev}/*; do (: <>$card) 2>/dev/null && echo "\${card##*/}"; done
echo "$$"`,
    );
    const { stdout, stderr } = await sandbox.sh(
      'echo "$$"; exec "$0" train demo',
      [`${sandbox.project}/flm`],
      { PMI_SIZE: "3", MPI_LOCALRANKID: "1" },
    );
    const [pid, ...lines] = stdout.trimEnd().split("\n");
    assertEquals([lines, stderr], [["nvidia1", pid], ""]);
  },
});
