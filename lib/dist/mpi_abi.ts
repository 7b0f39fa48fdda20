/**
 * How MPI libraries name what every program needs: the communicator of all ranks, the type of
 * bytes, and errors that are left to the program. There are three ways: addresses in Open MPI,
 * integers in MPICH and those that follow it (Intel MPI, MVAPICH, Cray MPICH), and the fixed
 * pointers of MPI 5.
 *
 * @module
 */

import { FlmError } from "../errors.ts";
import { describeValue } from "../schema/field.ts";

/** A handle as a function of the library takes it. */
export type Handle = number | Deno.PointerValue;

/** The handles of a library. */
export interface Handles {
  /** What a handle is in C. */
  readonly type: "pointer" | "i32";
  /** All ranks: `MPI_COMM_WORLD`. */
  readonly world: Handle;
  /** `MPI_BYTE`. */
  readonly byte: Handle;
  /** `MPI_ERRORS_RETURN`: calls that fail say so, and do not end the process. */
  readonly errorsReturn: Handle;
}

/** What the handles of a library depend on. */
export interface LibraryFacts {
  /** The path or name that it was loaded by. */
  readonly path: string;
  /** What `MPI_Get_library_version` says. */
  readonly version: string;
  /** The address of a variable of the library; null if it has none of that name. */
  readonly address: (symbol: string) => Deno.PointerValue;
}

/** `mpi.h` of MPICH 4, which Intel MPI and others are bound to by the "MPICH ABI". */
const MPICH: Handles = {
  type: "i32",
  world: 0x44000000,
  byte: 0x4c00010d,
  errorsReturn: 0x54000001,
};

/** Appendix A of MPI 5.0. */
const ABI = { world: 0x101n, byte: 0x247n, errorsReturn: 0x143n };

/** The variables of Open MPI. */
const OPENMPI = {
  world: "ompi_mpi_comm_world",
  byte: "ompi_mpi_byte",
  errorsReturn: "ompi_mpi_errors_return",
};

/**
 * The handles of a library.
 *
 * @throws {FlmError} if it is of none of the three kinds, saying what it calls itself.
 */
export function handlesOf({ path, version, address }: LibraryFacts): Handles {
  // Its own version is that of the library behind it.
  if (/libmpi_abi\b/.test(path)) {
    return pointers(ABI, (value) => Deno.UnsafePointer.create(value));
  }
  if (/^Open MPI\b/.test(version)) {
    const handles = pointers(OPENMPI, address);
    if (handles.world && handles.byte && handles.errorsReturn) return handles;
  }
  if (/\b(MPICH|MVAPICH|Intel\(R\) MPI)\b/.test(version)) return MPICH;
  throw new FlmError(
    `The MPI library ${path} calls itself ${
      describeValue(version.split("\n")[0]!)
    }: expected Open ` +
      `MPI 4 or 5, MPICH 4, Intel MPI or libmpi_abi. Name one of these by FLM_MPI_LIBRARY=PATH.`,
  );
}

/** Handles that are pointers, by what each of them is known by. */
function pointers<T>(
  { world, byte, errorsReturn }: Readonly<Record<"world" | "byte" | "errorsReturn", T>>,
  pointer: (known: T) => Deno.PointerValue,
): Handles {
  return {
    type: "pointer",
    world: pointer(world),
    byte: pointer(byte),
    errorsReturn: pointer(errorsReturn),
  };
}
