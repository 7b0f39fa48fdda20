import { assert, assertEquals, assertThrows } from "@std/assert";
import { launcher } from "../../lib/dist/launcher.ts";
import { handlesOf } from "../../lib/dist/mpi_abi.ts";
import { libraryPaths, loadMpi } from "../../lib/dist/mpi_library.ts";
import { requireSame } from "../../lib/dist/mpi_ranks.ts";
import { ConfigError, FlmError } from "../../lib/errors.ts";

const reader = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("launcher() is null where none started the program", () => {
  assertEquals(launcher(reader({ SLURM_STEP_NUM_TASKS: "1", SLURM_PROCID: "0" })), null);
});

Deno.test("launcher() refuses tasks of srun that know nothing of each other", () => {
  assertThrows(
    () => launcher(reader({ SLURM_STEP_NUM_TASKS: "8" })),
    ConfigError,
    "srun started 8 tasks that know nothing of each other",
  );
});

Deno.test("launcher() tells the launchers apart by what they set", () => {
  const found = (variables: Record<string, string>) => {
    const { family, numRanks, rank } = launcher(reader(variables))!;
    return [family, numRanks, rank];
  };
  const openmpi = { OMPI_COMM_WORLD_SIZE: "8", OMPI_COMM_WORLD_RANK: "3", PMIX_RANK: "3" };
  assertEquals(found(openmpi), ["openmpi", 8, 3]);
  assertEquals(found({ PMI_SIZE: "2", PMI_RANK: "0" }), ["mpich", 2, 0]);
  assertEquals(found({ PMIX_RANK: "0", SLURM_STEP_NUM_TASKS: "16" }), [null, 16, 0]);
  assertEquals(found({ PMIX_RANK: "1" }), [null, null, 1]);
  // Half of what a launcher sets, or what is no number.
  assertEquals(found({ PMI_SIZE: "two" }), ["mpich", null, null]);
});

Deno.test("libraryPaths() looks where the launcher's library is", () => {
  const names = (family: "openmpi" | "mpich" | null, variables = {}) =>
    libraryPaths({ family }, reader(variables));
  assertEquals(names("openmpi", { FLM_MPI_LIBRARY: "/my/libmpi.so" }), ["/my/libmpi.so"]);
  assertEquals(names("openmpi")[0], "libmpi.so.40");
  assertEquals(names("mpich")[0], "libmpich.so.12");
  assertEquals(names("mpich", { I_MPI_ROOT: "/i" })[0], "/i/lib/release/libmpi.so.12");
  assert(names("mpich").includes("libmpi_abi.so.0"));
  assert(names(null).includes("libmpi.so.40") && names(null).includes("libmpich.so.12"));
  assert(!names("mpich").includes("libmpi.so.40"));
});

Deno.test("loadMpi() names what it looked for", () => {
  const FLM_MPI_LIBRARY = "/nowhere/libmpi.so";
  Deno.env.set("FLM_MPI_LIBRARY", FLM_MPI_LIBRARY);
  try {
    assertThrows(
      () => loadMpi({ name: "mpirun of Open MPI", family: "openmpi", numRanks: 2, rank: 0 }),
      FlmError,
      "mpirun of Open MPI started this program, but there is no MPI library: looked for " +
        "/nowhere/libmpi.so (",
    );
  } finally {
    Deno.env.delete("FLM_MPI_LIBRARY");
  }
});

Deno.test("handlesOf() has the handles of all three kinds", () => {
  const address = (symbol: string) =>
    Deno.UnsafePointer.create(symbol === "ompi_mpi_comm_world" ? 16n : 32n);
  const values = (path: string, version: string) => {
    const { type, world, byte } = handlesOf({ path, version, address });
    const value = (handle: typeof world) =>
      typeof handle === "number" ? handle : Number(Deno.UnsafePointer.value(handle));
    return [type, value(world), value(byte)];
  };
  assertEquals(values("libmpi.so.40", "Open MPI v5.0.3, package: x"), ["pointer", 16, 32]);
  const mpich = ["i32", 0x44000000, 0x4c00010d];
  assertEquals(values("libmpich.so.12", "MPICH Version:\t4.0.2\nx"), mpich);
  assertEquals(values("libmpi.so.12", "Intel(R) MPI Library 2021.11 for Linux* OS"), mpich);
  const abi = ["pointer", 0x101, 0x247];
  assertEquals(values("/usr/lib/libmpi_abi.so.0", "MPICH Version:\t5.0.0"), abi);
});

Deno.test("handlesOf() refuses a library of another kind", () => {
  const facts = { path: "libmpi.so", version: "Platform MPI 9", address: () => null };
  assertThrows(() => handlesOf(facts), FlmError, `calls itself "Platform MPI 9": expected Open`);
  const older = { path: "libmpi.so", version: "Open MPI v9", address: () => null };
  assertThrows(() => handlesOf(older), FlmError, "libmpi.so calls itself");
});

Deno.test("requireSame() names the first rank that differs, and in what", () => {
  const facts = { data: "a", config: { seed: 1, list: [1] } };
  requireSame([facts, { ...facts }, structuredClone(facts)]);
  assertThrows(
    () => requireSame([facts, facts, { ...facts, config: { seed: 1, list: [2] } }]),
    FlmError,
    "Rank 2 differs from rank 0 in config.list: expected the list [1], found the list [2].",
  );
  assertThrows(() => requireSame([facts, { config: facts.config }]), FlmError, "in data");
});
