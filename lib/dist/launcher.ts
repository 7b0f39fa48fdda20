/**
 * What the program that starts the ranks tells each of them in its environment.
 *
 * @module
 */

import { environment } from "../system/environment.ts";

/** The family of a library: which names it may have, and how its handles look. */
export type LibraryFamily = "openmpi" | "mpich";

/** A launcher that started this process as one of several. */
export interface Launcher {
  /** Its name in messages. */
  readonly name: string;
  /** How many processes it started; null if it does not say. */
  readonly numRanks: number | null;
  /** The library that it belongs to; null if it starts programs of any. */
  readonly family: LibraryFamily | null;
}

/** A kind of launcher, by the variables that only it sets. */
interface LauncherKind {
  readonly name: string;
  readonly family: LibraryFamily | null;
  /** It started this process if one of these is set. */
  readonly marks: readonly string[];
  /** The number of processes. */
  readonly size: readonly string[];
}

/** The first whose mark is set counts. */
const KINDS: readonly LauncherKind[] = [
  {
    name: "mpirun of Open MPI",
    family: "openmpi",
    marks: ["OMPI_COMM_WORLD_SIZE"],
    size: ["OMPI_COMM_WORLD_SIZE"],
  },
  { name: "mpiexec of MPICH", family: "mpich", marks: ["PMI_SIZE"], size: ["PMI_SIZE"] },
  {
    name: "srun --mpi=pmix",
    family: null,
    marks: ["PMIX_RANK"],
    size: ["SLURM_STEP_NUM_TASKS"],
  },
];

/**
 * The launcher that started this process; null if none did, or this program may not read of it.
 *
 * @param read Reads a variable of the environment.
 */
export function launcher(
  read: (name: string) => string | undefined = environment,
): Launcher | null {
  const kind = KINDS.find(({ marks }) => marks.some((name) => read(name) !== undefined));
  if (kind === undefined) return null;
  const size = Number(kind.size.map((name) => read(name)).find((each) => each !== undefined));
  const { name, family } = kind;
  return { name, family, numRanks: Number.isInteger(size) && size > 0 ? size : null };
}
