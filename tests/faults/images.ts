/**
 * What a folder holds before every change that work makes to it: what the work leaves behind if it
 * is killed there.
 *
 * @module
 */

import { interceptChanges } from "../testing/file_changes.ts";

/** What a folder holds: bytes by path, and null for folders. */
export type Image = ReadonlyMap<string, Uint8Array<ArrayBuffer> | null>;

/** An image, and what was about to be done. */
export interface Moment {
  /** In words. */
  readonly change: string;
  /** What lay in the folder. */
  readonly image: Image;
}

/** Does work in a folder, and gives what lay in it before each change that was not as before. */
export async function momentsOf(folder: string, work: () => Promise<unknown>): Promise<Moment[]> {
  const moments: Moment[] = [];
  {
    using _intercepted = interceptChanges(({ operation, path, goesOn }) => {
      if (goesOn) return;
      const image = takeImage(folder, moments.at(-1)?.image);
      if (image === moments.at(-1)?.image) return;
      moments.push({ change: `${operation} ${path.replace(`${folder}/`, "")}`.trimEnd(), image });
    });
    await work();
  }
  return moments;
}

/** What lies in a folder; the image of before, if it is the same. */
export function takeImage(folder: string, before?: Image): Image {
  const image = new Map<string, Uint8Array<ArrayBuffer> | null>();
  const walk = (inside: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${inside}`)) {
      const path = inside === "" ? name : `${inside}/${name}`;
      image.set(path, isDirectory ? null : Deno.readFileSync(`${folder}/${path}`));
      if (isDirectory) walk(path);
    }
  };
  walk("");
  const isSame = before !== undefined && before.size === image.size &&
    [...image].every(([path, bytes]) => before.has(path) && areEqual(before.get(path), bytes));
  return isSame ? before : image;
}

function areEqual(a: Uint8Array | null | undefined, b: Uint8Array | null): boolean {
  if (a === null || a === undefined || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Makes a folder hold what an image says, and nothing else. */
export async function restoreImage(folder: string, image: Image): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  for (const [path, bytes] of image) {
    if (bytes === null) await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    else await Deno.writeFile(`${folder}/${path}`, bytes);
  }
}
