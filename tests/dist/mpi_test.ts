/**
 * MPI with the libraries of Debian: ignored where they are missing (packages openmpi-bin and
 * mpich).
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { FAMILIES, hasMpi, mpirun, outputOf } from "../testing/mpirun.ts";
import { ROOT } from "../testing/program.ts";
import type { LibraryFamily } from "../../lib/dist/launcher.ts";

const PROGRAM = `${ROOT}tests/testing/mpi_program.ts`;

const command = (
  name: string,
) => [Deno.execPath(), "run", "-A", "--no-check", "--no-lock", PROGRAM, name];

function ranks(
  family: LibraryFamily,
  numRanks: number,
  name: string,
  env: Readonly<Record<string, string>> = {},
) {
  return outputOf(mpirun(family, numRanks, command(name), env));
}

/** A rank for each command. */
function together(family: LibraryFamily, ...commands: readonly (readonly string[])[]) {
  const [first, ...others] = commands;
  return outputOf(
    mpirun(family, 1, [...first!, ...others.flatMap((each) => [":", "-n", "1", ...each])]),
  );
}

/** One of them, with a variable of its own. */
const rank = (name: string, seconds: string) => [
  ...["env", `FLM_MPI_TIMEOUT=${seconds}`, ...command(name)],
];

/** What the ranks printed, in their order. */
function lines({ code, stdout, stderr }: Awaited<ReturnType<typeof ranks>>) {
  assertEquals(code, 0, stderr);
  return stdout.trim().split("\n").map((line) => JSON.parse(line)).sort((a, b) => a.rank - b.rank);
}

for (const family of FAMILIES) {
  const ignore = !hasMpi(family);

  Deno.test({
    name: `Mpi carries bytes among two ranks (${family})`,
    ignore,
    async fn() {
      const all = {
        numRanks: 2,
        gathered: [10, 20, 11, 21],
        broadcast: [5, 6, 7],
        sum: 2,
        shared: { from: 0, text: "ü" },
        cloned: "Uint16Array 2 NaN",
        texts: ["text of 0", "text of 1"],
      };
      assertEquals(lines(await ranks(family, 2, "calls")), [
        { rank: 0, to: [0, 10], ...all },
        { rank: 1, to: [1, 11], ...all },
      ]);
    },
  });

  for (const numRanks of [2, 4]) {
    Deno.test({
      name: `reduce() sums to the bit in the order of ${numRanks} ranks (${family})`,
      ignore,
      async fn() {
        const found = lines(await ranks(family, numRanks, "reduce"));
        assertEquals(
          found,
          Array.from({ length: numRanks }, (_, rank) => ({ rank, numWrong: 0 })),
        );
      },
    });

    Deno.test({
      name: `slices are summed and gathered to the bit by ${numRanks} ranks (${family})`,
      ignore,
      async fn() {
        const collected = Array.from({ length: numRanks }, (_, i) => new Array(5 * i).fill(i));
        assertEquals(
          lines(await ranks(family, numRanks, "slices")),
          Array.from({ length: numRanks }, (_, rank) => ({
            ...{ rank, numWrong: 0 },
            collected: rank === 0 ? collected : [],
          })),
        );
      },
    });
  }

  Deno.test({
    name: `compare() names the rank and the key that differ, and ends all (${family})`,
    ignore,
    async fn() {
      const { code, stderr } = await ranks(family, 2, "differ");
      assertNotEquals(code, 0);
      assertStringIncludes(
        stderr,
        "error: Rank 1 differs from rank 0 in config.train.lr: expected 1, found 2.",
      );
      assertEquals(stderr.match(/differs from/g)?.length, 1, "rank 0 speaks for all");
    },
  });

  Deno.test({
    name: `compare() says so when there is more than fits into a message (${family})`,
    ignore,
    async fn() {
      const { code, stderr } = await ranks(family, 2, "long");
      assertNotEquals(code, 0);
      assertMatch(stderr, /error: Rank \d has 6\d{4} bytes of settings .* expected at most 65532:/);
    },
  });

  Deno.test({
    name: `ranks end with a message when one stops answering (${family})`,
    ignore,
    async fn() {
      const { code, stderr } = await ranks(family, 2, "lost", { FLM_MPI_TIMEOUT: "1" });
      assertNotEquals(code, 0);
      assertStringIncludes(stderr, "error: Rank 1 stopped: there was no answer within 1 seconds.");
    },
  });

  Deno.test({
    name: `a call that fails ends with what the library says of it (${family})`,
    ignore,
    async fn() {
      const { code, stderr } = await ranks(family, 2, "refused");
      assertNotEquals(code, 0);
      assertMatch(
        stderr,
        /^error: The ranks lost touch: MPI_Ibcast of libmpi\S+ failed: .*root.*\. See what became/m,
      );
    },
  });

  Deno.test({
    name: `a rank that waits is not taken for one that stopped (${family})`,
    ignore,
    async fn() {
      const limits = ["600", "600", "1"];
      const { code, stderr } = await together(family, ...limits.map((each) => rank("lost", each)));
      assertNotEquals(code, 0);
      assertMatch(stderr, /^(rank 2: )?error: Rank 1 stopped: there was no answer within/m);
      assert(!stderr.includes("Ranks"), stderr);
    },
  });

  Deno.test({
    name: `a rank ends with a message when another never begins (${family})`,
    ignore,
    async fn() {
      const { code, stderr } = await together(family, ["sleep", "3600"], command("begin"));
      assertNotEquals(code, 0);
      assertStringIncludes(
        stderr,
        "The other ranks did not begin within 1 seconds. See what became of their processes",
      );
    },
  });

  Deno.test({
    name: `a rank says with its number what keeps it from joining (${family})`,
    ignore,
    async fn() {
      const { code, stderr } = await together(family, ["true"], rank("differ", "soon"));
      assertNotEquals(code, 0);
      assertStringIncludes(stderr, "rank 1: error: FLM_MPI_TIMEOUT: expected a number of seconds");
    },
  });

  Deno.test({
    name: `ranks that are asked for help print it once, and end as after work (${family})`,
    ignore,
    async fn() {
      const { code, stdout, stderr } = await ranks(family, 2, "help");
      assertEquals(code, 0, stderr);
      assertEquals(stdout.match(/^Usage: ranks/gm)?.length, 1, stdout);
    },
  });

  Deno.test({
    name: `a rank that fails says so with its number, and ends all (${family})`,
    ignore,
    async fn() {
      const { code, stderr } = await ranks(family, 2, "fail");
      assertNotEquals(code, 0);
      assertMatch(stderr, /^rank 1: error: this is a fault of the program\nTypeError: broken/m);
    },
  });
}

Deno.test({
  name: "a library that does not belong to the launcher is found out before anything waits",
  ignore: !FAMILIES.every(hasMpi),
  async fn() {
    const { code, stderr } = await ranks("mpich", 2, "differ", { FLM_MPI_LIBRARY: "libmpi.so.40" });
    assertNotEquals(code, 0);
    assertMatch(
      stderr,
      /mpiexec of MPICH started 2 ranks, but libmpi.so.40 \(Open MPI .*\) knows of 1: it belongs/,
    );
    assert(stderr.includes("FLM_MPI_LIBRARY=PATH"));
  },
});
