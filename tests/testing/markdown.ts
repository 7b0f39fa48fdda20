/**
 * What pages of Markdown say that can be checked.
 *
 * @module
 */

/** A piece of a page and the line it begins in, counted from 1. */
export interface Located {
  readonly text: string;
  readonly line: number;
}

/** A block of code, with the words after its fence: its language first. */
export interface CodeBlock extends Located {
  readonly info: string;
}

/** The blocks of code of a page, and its other lines. */
export function splitPage(page: string): { blocks: CodeBlock[]; prose: Located[] } {
  const blocks: CodeBlock[] = [];
  const prose: Located[] = [];
  let open: { info: string; lines: string[]; line: number } | null = null;
  for (const [i, text] of page.split("\n").entries()) {
    const fence = /^```(.*)$/.exec(text);
    if (fence === null) {
      if (open === null) prose.push({ text, line: i + 1 });
      else open.lines.push(text);
    } else if (open === null) {
      open = { info: fence[1]!.trim(), lines: [], line: i + 2 };
    } else {
      blocks.push({ info: open.info, text: open.lines.join("\n"), line: open.line });
      open = null;
    }
  }
  if (open !== null) throw new Error(`The block of code at line ${open.line} has no end`);
  return { blocks, prose };
}

/** Pieces of code inside the prose of a page, those that are broken over two lines too. */
export function inlineCode(page: string): Located[] {
  const { prose } = splitPage(page);
  const text = prose.map(({ text }) => text).join("\n");
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => ({
    text: match[1]!.replaceAll(/\s+/g, " "),
    line: prose[text.slice(0, match.index).split("\n").length - 1]!.line,
  }));
}

/** A command of a page, as words without their quotes. */
export interface DocumentedCommand {
  readonly words: readonly string[];
  readonly line: number;
}

/** The commands in blocks of `sh`, and those of flm inside the prose. */
export function commandsOf(page: string): DocumentedCommand[] {
  const lines = splitPage(page).blocks
    .filter(({ info }) => info === "sh")
    .flatMap(({ text, line }) => text.split("\n").map((text, i) => ({ text, line: line + i })));
  const inline = inlineCode(page).filter(({ text }) => /^(\.\/flm|deno task) [a-z]/.test(text));
  return [...lines, ...inline].flatMap(({ text, line }) => {
    const words = wordsOf(text);
    return words.length === 0 ? [] : [{ words, line }];
  });
}

/** The words of a line of a shell, up to a comment, a `…`, a pipe or a file that is written. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, bare]) => double ?? single ?? bare!);
  const end = words.findIndex((word) => word.startsWith("#") || ["…", "|", ">"].includes(word));
  return end < 0 ? words : words.slice(0, end);
}

/** The addresses of the links of a page. */
export function linksOf(page: string): Located[] {
  const { prose } = splitPage(page);
  const text = prose.map(({ text }) => text).join("\n");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({
    text: match[1]!,
    line: prose[text.slice(0, match.index).split("\n").length - 1]!.line,
  }));
}

/** The anchors of the headings of a page, as code hosts make them. */
export function anchorsOf(page: string): string[] {
  return splitPage(page).prose.flatMap(({ text }) => {
    const heading = /^#+ (.*)$/.exec(text)?.[1];
    if (heading === undefined) return [];
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    return [plain.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")];
  });
}
