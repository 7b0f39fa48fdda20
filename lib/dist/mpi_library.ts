/**
 * Finding and loading the C library of MPI.
 *
 * @module
 */

import { FlmError, messageOf } from "../errors.ts";
import { environment } from "../system/environment.ts";
import type { Launcher, LibraryFamily } from "./launcher.ts";
import { type Handles, handlesOf } from "./mpi_abi.ts";

/** The variable that names the library, where it is not found. */
export const LIBRARY_VARIABLE = "FLM_MPI_LIBRARY";

/** The names of each family, the newest first; the loader looks for them where it always does. */
const NAMES: Readonly<Record<LibraryFamily, readonly string[]>> = {
  openmpi: ["libmpi.so.40", "libmpi.so.80"],
  mpich: ["libmpich.so.12", "libmpi.so.12"],
};

/** Of MPI 5, whoever made it. */
const ABI_NAMES = ["libmpi_abi.so.0", "libmpi_abi.so"];

/** Folders in which distributions keep a library that the loader does not know of. */
const FOLDERS: Readonly<Record<LibraryFamily, readonly string[]>> = {
  openmpi: ["/usr/lib64/openmpi/lib", "/opt/openmpi/lib", "/usr/local/lib"],
  mpich: ["/usr/lib64/mpich/lib", "/opt/mpich/lib", "/usr/local/lib"],
};

/**
 * Where a library is looked for, in this order: by the environment alone, else as the launcher's
 * family has it, then those of MPI 5, then the other family.
 *
 * @param read Reads a variable of the environment.
 */
export function libraryPaths(
  { family }: Pick<Launcher, "family">,
  read: (name: string) => string | undefined = environment,
): string[] {
  const named = read(LIBRARY_VARIABLE);
  if (named !== undefined) return [named];
  const intel = read("I_MPI_ROOT");
  const places = (each: LibraryFamily) => [
    ...(each === "mpich" && intel !== undefined
      ? [`${intel}/lib/release/libmpi.so.12`, `${intel}/lib/libmpi.so.12`]
      : []),
    ...NAMES[each],
    ...FOLDERS[each].flatMap((folder) => NAMES[each].map((name) => `${folder}/${name}`)),
  ];
  return family === null
    ? [...places("openmpi"), ...ABI_NAMES, ...places("mpich")]
    : [...places(family), ...ABI_NAMES];
}

/** The functions that are called, with handles of either type. */
export interface MpiFunctions {
  MPI_Init(argc: null, argv: null): number;
  MPI_Comm_rank(comm: unknown, rank: Int32Array<ArrayBuffer>): number;
  MPI_Comm_size(comm: unknown, size: Int32Array<ArrayBuffer>): number;
  MPI_Comm_set_errhandler(comm: unknown, handler: unknown): number;
  // deno-fmt-ignore
  MPI_Error_string(code: number, text: Uint8Array<ArrayBuffer>, length: Int32Array<ArrayBuffer>): number;
  MPI_Ibarrier(comm: unknown, request: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Ibcast(data: Uint8Array<ArrayBuffer>, count: number, type: unknown, root: number,
    comm: unknown, request: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Iallgather(from: Uint8Array<ArrayBuffer>, count: number, type: unknown,
    to: Uint8Array<ArrayBuffer>, countOfEach: number, typeOfEach: unknown,
    comm: unknown, request: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Ialltoallv(from: Uint8Array<ArrayBuffer>, counts: Int32Array<ArrayBuffer>,
    starts: Int32Array<ArrayBuffer>, type: unknown, to: Uint8Array<ArrayBuffer>,
    countsOfEach: Int32Array<ArrayBuffer>, startsOfEach: Int32Array<ArrayBuffer>,
    typeOfEach: unknown, comm: unknown, request: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Iallgatherv(from: Uint8Array<ArrayBuffer>, count: number, type: unknown,
    to: Uint8Array<ArrayBuffer>, countsOfEach: Int32Array<ArrayBuffer>,
    startsOfEach: Int32Array<ArrayBuffer>, typeOfEach: unknown, comm: unknown,
    request: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Isend(data: Uint8Array<ArrayBuffer>, count: number, type: unknown, to: number,
    tag: number, comm: unknown, request: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Irecv(data: Uint8Array<ArrayBuffer>, count: number, type: unknown, from: number,
    tag: number, comm: unknown, request: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Iprobe(from: number, tag: number, comm: unknown, flag: Int32Array<ArrayBuffer>,
    status: Uint8Array<ArrayBuffer>): number;
  // deno-fmt-ignore
  MPI_Test(request: Uint8Array<ArrayBuffer>, flag: Int32Array<ArrayBuffer>,
    status: Uint8Array<ArrayBuffer>): number;
  MPI_Abort(comm: unknown, code: number): number;
  MPI_Finalize(): number;
  /** Of the C library, on which that of MPI depends: sends SIGALRM to this process later. */
  alarm(seconds: number): number;
}

/** A library that is loaded. */
export interface MpiLibrary {
  /** By which path or name. */
  readonly path: string;
  /** The first line of what it says of itself. */
  readonly version: string;
  /** How it names things. */
  readonly handles: Handles;
  /** What it does. */
  readonly functions: MpiFunctions;
}

/** Room for any library's words: `MPI_MAX_LIBRARY_VERSION_STRING`. */
const VERSION_BYTES = 8192;

/**
 * Loads the library of a launcher.
 *
 * @throws {FlmError} if none is found, naming what was looked for, or it is of no known kind.
 */
export function loadMpi(launcher: Launcher): MpiLibrary {
  const paths = libraryPaths(launcher);
  let reason = "";
  for (const path of paths) {
    try {
      return open(path);
    } catch (error) {
      if (error instanceof FlmError) throw error;
      if (error instanceof Error && error.name === "NotCapable") throw new FlmError(NO_FFI);
      reason ||= messageOf(error);
    }
  }
  throw new FlmError(
    `${launcher.name} started this program, but there is no MPI library: looked for ` +
      `${paths.join(", ")} (${reason}). Install the library that ${launcher.name} belongs to, or ` +
      `name its file by ${LIBRARY_VARIABLE}=PATH.`,
  );
}

const NO_FFI = "MPI is native code, which this program may not load. The launcher allows it to " +
  "programs that are started as ranks: mpirun -n 8 ./flm train RECIPE. A command of your own needs " +
  "--allow-ffi after deno run.";

function open(path: string): MpiLibrary {
  const { symbols: { MPI_Get_library_version: say } } = Deno.dlopen(path, {
    MPI_Get_library_version: { parameters: ["buffer", "buffer"], result: "i32" },
  });
  const [text, length] = [new Uint8Array(VERSION_BYTES), new Int32Array(1)];
  say(text, length);
  const version = textOf(text, length);
  const address = (symbol: string) => {
    // A variable's value is not read: what is given is where it lies.
    const { symbols } = Deno.dlopen(path, { [symbol]: { type: "pointer", optional: true } });
    return symbols[symbol] as Deno.PointerValue;
  };
  const handles = handlesOf({ path, version, address });
  return { path, version: version.split("\n")[0]!, handles, functions: functionsOf(path, handles) };
}

function functionsOf(path: string, { type: handle }: Handles): MpiFunctions {
  const several = ["buffer", "buffer", "buffer", handle] as const;
  const message = ["buffer", "i32", handle, "i32", "i32", handle, "buffer"] as const;
  const { symbols } = Deno.dlopen(path, {
    MPI_Init: { parameters: ["pointer", "pointer"], result: "i32" },
    MPI_Comm_rank: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Comm_size: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Comm_set_errhandler: { parameters: [handle, handle], result: "i32" },
    MPI_Error_string: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
    MPI_Ibarrier: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Ibcast: {
      parameters: ["buffer", "i32", handle, "i32", handle, "buffer"],
      result: "i32",
    },
    MPI_Iallgather: {
      parameters: ["buffer", "i32", handle, "buffer", "i32", handle, handle, "buffer"],
      result: "i32",
    },
    MPI_Ialltoallv: { parameters: [...several, ...several, handle, "buffer"], result: "i32" },
    MPI_Iallgatherv: {
      parameters: ["buffer", "i32", handle, ...several, handle, "buffer"],
      result: "i32",
    },
    MPI_Isend: { parameters: message, result: "i32" },
    MPI_Irecv: { parameters: message, result: "i32" },
    MPI_Iprobe: { parameters: ["i32", "i32", handle, "buffer", "buffer"], result: "i32" },
    MPI_Test: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
    MPI_Abort: { parameters: [handle, "i32"], result: "i32" },
    MPI_Finalize: { parameters: [], result: "i32" },
    alarm: { parameters: ["u32"], result: "u32" },
  });
  return symbols as unknown as MpiFunctions;
}

/** A text that a library wrote, and its length; Open MPI counts the zero at the end, too. */
export function textOf(text: Uint8Array, length: Int32Array): string {
  return new TextDecoder().decode(text.subarray(0, length[0])).replace(/\0.*$/s, "").trim();
}
