/**
 * What the program that starts the ranks tells each of them in its environment.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { environment } from "../system/environment.ts";

/** The family of a library: which names it may have, and how its handles look. */
export type LibraryFamily = "openmpi" | "mpich";

/** A launcher that started this process as one of several. */
export interface Launcher {
  /** Its name in messages. */
  readonly name: string;
  /** How many processes it started; null if it does not say. */
  readonly numRanks: number | null;
  /** Which one this is, from 0; null if it does not say. */
  readonly rank: number | null;
  /** The library that it belongs to; null if it starts programs of any. */
  readonly family: LibraryFamily | null;
}

/** A kind of launcher, by the variables that only it sets. */
interface LauncherKind {
  readonly name: string;
  readonly family: LibraryFamily | null;
  /** It started this process if this is set. */
  readonly mark: string;
  /** The number of processes. */
  readonly size: string;
  /** The number of this one. */
  readonly rank: string;
}

/** Tasks that srun started together with this one, whether it speaks a language of MPI or not. */
const SLURM_SIZE = "SLURM_STEP_NUM_TASKS";

/** The first whose mark is set counts. */
const KINDS: readonly LauncherKind[] = [
  {
    name: "mpirun of Open MPI",
    family: "openmpi",
    mark: "OMPI_COMM_WORLD_SIZE",
    size: "OMPI_COMM_WORLD_SIZE",
    rank: "OMPI_COMM_WORLD_RANK",
  },
  {
    name: "mpiexec of MPICH",
    family: "mpich",
    mark: "PMI_SIZE",
    size: "PMI_SIZE",
    rank: "PMI_RANK",
  },
  {
    name: "srun --mpi=pmix",
    family: null,
    mark: "PMIX_RANK",
    size: SLURM_SIZE,
    rank: "PMIX_RANK",
  },
];

/**
 * The launcher that started this process; null if none did, or this program may not read of it.
 *
 * @param read Reads a variable of the environment.
 * @throws {ConfigError} if srun started several processes that know nothing of each other.
 */
export function launcher(
  read: (name: string) => string | undefined = environment,
): Launcher | null {
  const number = (name: string) => {
    const value = Number(read(name) ?? NaN);
    return Number.isInteger(value) && value >= 0 ? value : null;
  };
  const kind = KINDS.find(({ mark }) => read(mark) !== undefined);
  if (kind !== undefined) {
    const { name, family, size, rank } = kind;
    return { name, family, numRanks: number(size) || null, rank: number(rank) };
  }
  const numTasks = number(SLURM_SIZE) ?? 1;
  if (numTasks < 2) return null;
  throw new ConfigError(
    `srun started ${numTasks} tasks that know nothing of each other: each would do all of the work. ` +
      `Start them as ranks, by srun --mpi=pmix (Open MPI) or srun --mpi=pmi2 (MPICH); if each has ` +
      `work of its own, start it by env -u ${SLURM_SIZE} ./flm ….`,
  );
}
