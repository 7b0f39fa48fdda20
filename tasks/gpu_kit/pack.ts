/**
 * Files of a kit that are packed.
 *
 * @module
 */

import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { FlmError } from "../../lib/errors.ts";
import { beginWork } from "../../lib/system/long_work.ts";
import { whileReading } from "../../lib/system/system_error.ts";

/** How files are packed: by gzip, which every machine has, or by xz, which packs closer. */
export type Packing = "gz" | "xz";

/**
 * Packs a file.
 *
 * @returns The bytes of the packed one, `to` with the packing's ending.
 * @throws {FlmError} if it cannot be read, or there is no xz.
 */
export async function packFile(from: string, to: string, packing: Packing): Promise<number> {
  const packed = `${to}.${packing}`;
  using _work = beginWork(`pack ${from}`);
  if (packing === "gz") {
    const source = createReadStream(from);
    await whileReading(from, pipeline(source, createGzip({ level: 9 }), createWriteStream(packed)));
  } else await packByXz(from, packed);
  return (await Deno.stat(packed)).size;
}

async function packByXz(from: string, packed: string): Promise<void> {
  using file = await whileReading(from, Deno.open(from));
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("xz", {
      args: ["-6", "--threads=1", "--stdout"],
      ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
    }).spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new FlmError(
      'Cannot pack by xz: there is no program "xz" on the PATH. Install it (xz-utils), or leave out ' +
        "--xz.",
      { cause },
    );
  }
  using target = await Deno.open(packed, { write: true, create: true, truncate: true });
  const words = new Response(child.stderr).text();
  await Promise.all([
    file.readable.pipeTo(child.stdin),
    child.stdout.pipeTo(target.writable),
  ]);
  const { success } = await child.status;
  if (!success) throw new FlmError(`Cannot pack ${from} by xz: ${(await words).trim()}`);
}
