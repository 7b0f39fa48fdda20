/**
 * Which split a file belongs to by its path, as the hub has it:
 * https://huggingface.co/docs/hub/datasets-file-names-and-splits.
 *
 * @module
 */
import type { HubFile } from "./listing.ts";

/** Words that mean a split. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  train: ["train", "training"],
  validation: ["validation", "valid", "val", "dev"],
  test: ["test", "testing", "eval", "evaluation"],
};

/** A word stands apart from others by these, digits among them, or by the beginning or end. */
const PATTERNS = Object.entries(KEYWORDS).map(([split, words]) =>
  [split, new RegExp(`(^|[-._ 0-9])(${words.join("|")})($|[-._ 0-9])`)] as const
);

/** `data/SPLIT-00000-of-00010.parquet`, whatever the split is called. */
const SHARD = /^data\/([^/]+)-\d{5}-of-\d{5}[^/]*$/;

/**
 * The splits of the files in a folder: those that shards in `data/` name; else those that folders
 * name; else those that files name; else all are `train`. Where some paths name a split, others
 * belong to none.
 *
 * @param folder The folder, which itself names nothing; empty for the repository.
 */
export function splitsByName(files: readonly HubFile[], folder = ""): Map<string, HubFile[]> {
  // What begins so is hidden, or of some tool.
  const visible = files.map((file) => ({ file, path: pathInside(file.path, folder) }))
    .filter(({ path }) => path !== null && !/(^|\/)(\.|__[^/]*\/)/.test(path));
  for (const namesOf of [shardSplit, folderSplits, fileSplits, () => ["train"]]) {
    const splits = new Map<string, HubFile[]>();
    for (const { file, path } of visible) {
      for (const split of namesOf(path!)) {
        const list = splits.get(split);
        if (list === undefined) splits.set(split, [file]);
        else list.push(file);
      }
    }
    if (splits.size > 0) return splits;
  }
  return new Map();
}

/** A path as seen from a folder; null if it does not lie there. */
export function pathInside(path: string, folder: string): string | null {
  if (folder === "") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}

/** Whether the name of a folder or file names a split. */
export function namesSplit(name: string): boolean {
  return splitsIn([name]).length > 0;
}

/** The split that a word means, such as `validation` for `dev`; else the word itself. */
export function splitOfWord(word: string): string {
  return Object.keys(KEYWORDS).find((split) => KEYWORDS[split]!.includes(word)) ?? word;
}

function shardSplit(path: string): string[] {
  const split = SHARD.exec(path)?.[1];
  return split === undefined ? [] : [split];
}

function folderSplits(path: string): string[] {
  return splitsIn(path.split("/").slice(0, -1));
}

function fileSplits(path: string): string[] {
  return splitsIn(path.split("/").slice(-1));
}

function splitsIn(names: readonly string[]): string[] {
  return PATTERNS.filter(([, pattern]) => names.some((name) => pattern.test(name)))
    .map(([split]) => split);
}
