/**
 * Everything that a program changes on disk, before it does so: where faults are put in.
 *
 * @module
 */

/** What is about to be done to a file or folder. */
export interface FileChange {
  /** Its name in Deno, such as `rename`. */
  readonly operation: string;
  /** The path that is changed, or nothing where a file was opened before. */
  readonly path: string;
  /**
   * Whether it is a write after a write: whoever dies between two leaves another part of a file.
   */
  readonly goesOn: boolean;
  /** Does the first half of a write, which may be all that becomes of it; nothing otherwise. */
  readonly tear: () => void;
}

/** Functions of Deno that change something, whatever they are given. */
const CHANGES = [
  ...["chmod", "copyFile", "link", "makeTempDir", "makeTempFile", "mkdir", "remove", "rename"],
  ...["symlink", "truncate", "utime", "writeFile", "writeTextFile"],
];

/** Methods of open files that do. */
const FILE_CHANGES = ["sync", "syncData", "truncate", "write"];

/** Options of `Deno.open` by which it may change something. */
const WRITING = ["append", "create", "createNew", "truncate", "write"];

// deno-lint-ignore no-explicit-any -- functions of every kind are replaced alike
type AnyFunction = (...args: any[]) => any;

/**
 * Calls `before` ahead of every change of a file or folder by Deno's functions in this thread,
 * until it is disposed of. What `before` throws, the function throws.
 */
export function interceptChanges(before: (change: FileChange) => void): Disposable {
  const undo = new DisposableStack();
  let last = "";
  const replace = (owner: object, name: string, replacement: (own: AnyFunction) => AnyFunction) => {
    const table = owner as Record<string, AnyFunction>;
    const own = table[name]!;
    table[name] = replacement(own);
    undo.defer(() => table[name] = own);
  };
  const intercept = (
    owner: object,
    name: string,
    changeOf: (self: unknown, args: unknown[]) => Pick<FileChange, "path" | "tear"> | null,
  ) => {
    const run = (self: unknown, args: unknown[]) => {
      const change = changeOf(self, args);
      if (change === null) return;
      const goesOn = name === "write" && last === "write";
      last = name;
      before({ operation: name, goesOn, ...change });
    };
    replace(owner, name, (own) =>
      async function (this: unknown, ...args) {
        run(this, args);
        return await own.apply(this, args);
      });
    replace(owner, `${name}Sync`, (own) =>
      function (this: unknown, ...args) {
        run(this, args);
        return own.apply(this, args);
      });
  };
  const tear = () => {};
  for (const name of CHANGES) {
    intercept(Deno, name, (_self, [path]) => ({ path: String(path), tear }));
  }
  intercept(Deno, "open", (_self, [path, options = {}]) => {
    const isWriting = WRITING.some((key) => (options as Record<string, unknown>)[key]);
    return isWriting ? { path: String(path), tear } : null;
  });
  const { writeSync } = Deno.FsFile.prototype;
  for (const name of FILE_CHANGES) {
    intercept(Deno.FsFile.prototype, name, (self, [bytes]) => ({
      path: "",
      tear: name !== "write" ? tear : () => {
        const data = bytes as Uint8Array;
        writeSync.call(self as Deno.FsFile, data.subarray(0, data.length >> 1));
      },
    }));
  }
  return undo;
}
