/**
 * What lies where in a file of torch.save, and what a file is that is none.
 *
 * @module
 */

import { CheckpointError } from "../errors.ts";
import type { ByteSource } from "../io/byte_source.ts";
import { describeNames } from "../schema/field.ts";
import { CONTENT_HEAD, contentOf } from "../system/content.ts";
import { visibleText } from "../system/visible.ts";
import { ZipFile } from "../zip/reader.ts";

/** How a zip file begins, unless it is empty. */
const ZIP_HEAD = "PK\x03\x04";
/** How torch.save began files before PyTorch 1.6: a pickle of its magic number. */
const LEGACY_HEAD = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
/** The name of the pickle, in the one folder of the zip file. */
const PICKLE = "/data.pkl";
/** The name of the text that says in which order the bytes of numbers are. */
const BYTE_ORDER = "/byteorder";

/** How an old or odd file becomes one that is read here. */
const SAVE_AGAIN =
  "torch.save(torch.load(PATH), NEW_PATH, _use_new_zipfile_serialization=True) with PyTorch 1.6 " +
  "or newer writes one that is read";

/** A file of torch.save. */
export interface TorchArchive {
  /** The zip file that it is. */
  readonly zip: ZipFile;
  /** The folder in the zip file in which everything is. */
  readonly root: string;
  /** The bytes of its pickle. */
  readonly pickle: Uint8Array;
}

/** Bytes of a pickle: tokenizers with all their pieces may be in it, tensors are not. */
const MAX_PICKLE_BYTES = 2 ** 27;

/**
 * Opens a file of torch.save.
 *
 * @throws {CheckpointError} saying what it is, if it is something else, damaged or cut short.
 */
export async function openArchive(source: ByteSource): Promise<TorchArchive> {
  await requireZip(source);
  const zip = await ZipFile.open(source, CheckpointError);
  const fail = (reason: string) =>
    new CheckpointError(`Cannot read ${source.name}: it is a zip file, but ${reason}`);
  const names = [...zip.entries.keys()];
  const roots = names.filter((name) => name.endsWith(PICKLE))
    .map((name) => name.slice(0, -PICKLE.length))
    .filter((root) => !root.includes("/"));
  const [root] = roots;
  if (root === undefined || roots.length > 1) {
    throw fail(
      `none of torch.save: it should have one FOLDER${PICKLE}, and has ` +
        visibleText(describeNames(names)),
    );
  }
  const isScript = names.some((name) =>
    name === `${root}/constants.pkl` || name.startsWith(`${root}/code/`)
  );
  if (isScript) {
    throw fail(
      "a TorchScript archive, a program with its weights. Save the weights alone, with " +
        "torch.save(torch.jit.load(PATH).state_dict(), NEW_PATH)",
    );
  }
  const order = zip.entries.get(root + BYTE_ORDER);
  if (order !== undefined) {
    const text = new TextDecoder().decode(await zip.read(order, 64)).trim();
    if (text !== "little") {
      throw fail(
        `its numbers have the byte order ${visibleText(text)}; little is read. ${SAVE_AGAIN}, on ` +
          `a machine whose byte order is little`,
      );
    }
  }
  const pickle = await zip.read(zip.entries.get(root + PICKLE)!, MAX_PICKLE_BYTES);
  return { zip, root, pickle };
}

/** Checks how a file begins. @throws {CheckpointError} saying what it is, if it is no zip file. */
async function requireZip(source: ByteSource): Promise<void> {
  const bytes = new Uint8Array(Math.min(source.size, CONTENT_HEAD));
  await source.read(0, bytes);
  const head = String.fromCharCode(...bytes);
  if (head.startsWith(ZIP_HEAD)) return;
  const fail = (reason: string) =>
    new CheckpointError(
      `Cannot read ${source.name}: it is not a zip file as torch.save writes it; ${reason}`,
    );
  if (head.startsWith(LEGACY_HEAD)) {
    throw fail(`torch.save of a PyTorch older than 1.6 wrote it, or was told to. ${SAVE_AGAIN}.`);
  }
  if (head.startsWith("\x80")) throw fail(`it is a pickle that stands alone. ${SAVE_AGAIN}.`);
  if (head[8] === "{") throw fail("it is a safetensors file. Let its name end in .safetensors.");
  const content = contentOf(bytes);
  if (content !== null) throw fail(`${content.found}. ${content.mend}.`);
  throw fail(
    source.size === 0 ? "it is empty." : "nothing is known of what it is; it may be damaged.",
  );
}
