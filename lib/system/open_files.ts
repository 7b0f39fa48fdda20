/**
 * Many files that are read at any place, few of which are open at a time.
 *
 * @module
 */

/** Files that are kept open unless told: processes may have 1,024, and others share them. */
const KEPT_OPEN = 64;

/** Opens files when they are read, and closes the one that was not used for longest. */
export class OpenFiles implements Disposable {
  readonly #limit: number;
  /** By path; the one used last is the last. */
  readonly #files = new Map<string, Deno.FsFile>();

  /** Opens nothing yet. `limit` is the number of files that may be open. */
  constructor(limit: number = KEPT_OPEN) {
    this.#limit = limit;
  }

  /** The number of files that are open. */
  get size(): number {
    return this.#files.size;
  }

  /**
   * Fills `target` with the bytes of a file from `offset` on, as far as it goes.
   *
   * @returns How many there were.
   */
  readSync(path: string, offset: number, target: Uint8Array): number {
    const file = this.#open(path);
    file.seekSync(offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < target.length) {
      const count = file.readSync(target.subarray(done));
      if (count === null) break;
      done += count;
    }
    return done;
  }

  /** Closes all files. */
  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  /** Closes them at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(path: string): Deno.FsFile {
    const known = this.#files.get(path);
    this.#files.delete(path);
    if (known === undefined) this.#makeRoom();
    const file = known ?? Deno.openSync(path);
    this.#files.set(path, file);
    return file;
  }

  #makeRoom(): void {
    for (const [path, file] of this.#files) {
      if (this.#files.size < this.#limit) return;
      file.close();
      this.#files.delete(path);
    }
  }
}
