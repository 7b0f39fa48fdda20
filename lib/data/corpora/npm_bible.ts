/**
 * The World English Bible, a translation in the public domain, from an npm package.
 *
 * @module
 */
import { isMapping } from "../../schema/tree.ts";
import type { NpmReader } from "./npm_reader.ts";

/** The files of the books, in their order; the package has no list of them. */
const BOOKS: readonly string[] = [
  ..."genesis exodus leviticus numbers deuteronomy joshua judges ruth 1samuel 2samuel".split(" "),
  ..."1kings 2kings 1chronicles 2chronicles ezra nehemiah esther job psalms proverbs".split(" "),
  ..."ecclesiastes songofsolomon isaiah jeremiah lamentations ezekiel daniel hosea joel".split(" "),
  ..."amos obadiah jonah micah nahum habakkuk zephaniah haggai zechariah malachi".split(" "),
  ..."matthew mark luke john acts romans 1corinthians 2corinthians galatians ephesians".split(" "),
  ..."philippians colossians 1thessalonians 2thessalonians 1timothy 2timothy titus".split(" "),
  ..."philemon hebrews james 1peter 2peter 1john 2john 3john jude revelation".split(" "),
];

/** The chapters, each a document of one line. */
export async function* readBible({ load, malformed }: NpmReader): AsyncGenerator<string> {
  for (const book of BOOKS) {
    const path = `json/${book}.json`;
    const items = await load(path);
    if (!Array.isArray(items)) throw malformed(path, "a list");
    let chapter: unknown;
    let text = "";
    for (const item of items) {
      if (!isMapping(item)) throw malformed(path, "mappings");
      const { type, chapterNumber, value } = item;
      if (type !== "paragraph text" && type !== "line text") {
        // Lines and paragraphs end; a header is none of the text.
        text += " ";
        continue;
      }
      if (typeof value !== "string") throw malformed(path, 'a "value" string');
      if (chapterNumber !== chapter && text.trim() !== "") {
        yield inOneLine(text);
        text = "";
      }
      chapter = chapterNumber;
      text += value;
    }
    yield inOneLine(text);
  }
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
