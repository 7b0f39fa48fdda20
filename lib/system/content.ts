/**
 * What a file is by its first bytes, for messages about files that are not what their names say.
 *
 * @module
 */

/** Bytes at the beginning that tell. */
export const CONTENT_HEAD = 64;

/** What a file proves to be. */
export interface Content {
  /** Its kind. */
  readonly kind: "lfs" | "gzip" | "zstd" | "parquet" | "packed" | "page" | "utf-16" | "utf-32";
  /** What it is, in words: "it is a gzip file". */
  readonly found: string;
  /** How to get what was wanted, in words. */
  readonly mend: string;
}

/** Characters stand for bytes; letters may be of either case. */
const BEGINNINGS: readonly (Content & { readonly begins: readonly string[] })[] = [
  {
    kind: "lfs",
    begins: ["version https://git-lfs.github.com/spec/"],
    found: "it is a Git LFS pointer, which stands for the file in a repository",
    mend: "Fetch the file itself, with git lfs pull or from the web",
  },
  {
    kind: "gzip",
    begins: ["\x1f\x8b"],
    found: "it is compressed with gzip",
    mend: "Decompress it with gunzip, or let the name of a corpus end in .gz",
  },
  {
    kind: "zstd",
    begins: ["\x28\xb5\x2f\xfd"],
    found: "it is compressed with zstd",
    mend: "Decompress it with zstd -d, or let the name of a corpus end in .zst",
  },
  {
    kind: "parquet",
    begins: ["PAR1", "PARE"],
    found: "it is a Parquet file",
    mend: "Let its name end in .parquet",
  },
  {
    kind: "packed",
    begins: [
      "PK\x03\x04",
      ...Array.from("123456789", (level) => `BZh${level}1AY&SY`),
      "\xfd7zXZ\0",
      "7z\xbc\xaf\x27\x1c",
      "%PDF-",
    ],
    found: "it is an archive, a document or compressed otherwise (zip, bzip2, xz, 7z or PDF)",
    mend: "Unpack it first",
  },
  {
    kind: "utf-32",
    begins: ["\xff\xfe\0\0", "\0\0\xfe\xff"],
    found: "it is UTF-32, as the mark at its beginning says",
    mend: "Convert it to UTF-8, for example with iconv -f UTF-32 -t UTF-8",
  },
  {
    kind: "utf-16",
    begins: ["\xff\xfe", "\xfe\xff"],
    found: "it is UTF-16, as the mark at its beginning says",
    mend: "Convert it to UTF-8, for example with iconv -f UTF-16 -t UTF-8",
  },
  {
    kind: "page",
    begins: ["<!doctype html", "<html", "<head", "<body", "<script", "<!--"],
    found: "it is a page of HTML",
    mend: "Check the address that it was fetched from",
  },
];

/**
 * What a file with this beginning is, if it is one of the things that people meet in the place of
 * another; else null.
 *
 * @param wanted What it should be, for which there is nothing to say.
 */
export function contentOf(head: Uint8Array, wanted?: Content["kind"]): Content | null {
  const start = String.fromCharCode(...head.subarray(0, CONTENT_HEAD)).toLowerCase();
  // Pages may begin with a mark, and blanks.
  const text = start.replace(/^(\xef\xbb\xbf)?\s*/, "");
  const known = BEGINNINGS.find(({ kind, begins }) =>
    begins.some((each) => (kind === "page" ? text : start).startsWith(each.toLowerCase()))
  );
  const content = known ?? wideText(head);
  return content?.kind === wanted ? null : content;
}

/** Whether a text was UTF-16 or UTF-32 that somebody took for UTF-8. */
export function isWideText(text: string): boolean {
  const hasZero = text[0] === "\0" || text[1] === "\0";
  return hasZero && wideText(new TextEncoder().encode(text.slice(0, 8))) !== null;
}

/**
 * Text in wide characters without a mark: of Latin letters every other byte is 0, or three of 4.
 */
function wideText(head: Uint8Array): Content | null {
  const zeros = Array.from(head.subarray(0, 8), (byte) => byte === 0 ? "0" : "x").join("");
  const name = /^(x000|000x){2}/.test(zeros)
    ? "UTF-32"
    : /^(x0x0|0x0x)/.test(zeros)
    ? "UTF-16"
    : null;
  if (name === null) return null;
  const order = zeros.startsWith("0") ? "BE" : "LE";
  return {
    kind: name === "UTF-32" ? "utf-32" : "utf-16",
    found: `it is ${name}, since most of its bytes are 0`,
    mend: `Convert it to UTF-8, for example with iconv -f ${name}${order} -t UTF-8`,
  };
}
