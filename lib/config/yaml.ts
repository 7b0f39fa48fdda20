/**
 * YAML with errors that name the line in which something is wrong. A parser names the place where
 * it could not go on, which may be lines later.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { isYamlError, yamlPackage } from "../system/yaml_package.ts";

/** What is wrong, and where; lines and columns are counted from 0. */
interface Fault {
  readonly reason: string;
  readonly line: number;
  readonly column: number;
}

/** Characters of a line that are shown: the place of a fault stands among them. */
const SHOWN_LENGTH = 160;

/**
 * Parses a YAML document.
 *
 * @param name What errors call it.
 * @throws {ConfigError} with the line and the column, if it is not YAML.
 */
export async function parseYaml(text: string, name: string): Promise<unknown> {
  const { loadAll } = await yamlPackage();
  const fail = (reason: string, cause?: unknown) =>
    new ConfigError(`${name} is not valid YAML: ${reason}`, { cause });
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch (error) {
    if (!isYamlError(error)) throw error;
    const { reason, mark } = error;
    throw fail(mark === undefined ? reason : explain(text, { reason, ...mark }), error);
  }
  if (documents.length > 1) throw fail("found more than one document, expected a single one");
  return documents[0] ?? null;
}

/** What is wrong, with the line in which it is. */
function explain(text: string, found: Fault): string {
  const lines = text.split(/\r\n?|\n/);
  const fault = openQuote(lines, found) ?? openBracket(lines, found) ?? brokenLine(lines, found) ??
    found;
  const line = lines[fault.line]!.replaceAll("\t", " ");
  const start = Math.max(0, fault.column - SHOWN_LENGTH / 2);
  const shown = line.slice(start, start + SHOWN_LENGTH);
  return `${fault.reason} at line ${fault.line + 1}, column ${fault.column + 1}:\n` +
    `    ${shown}\n    ${" ".repeat(fault.column - start)}^`;
}

/** A quote within which the parser met what does not belong there. */
function openQuote(lines: readonly string[], fault: Fault): Fault | undefined {
  if (!/deficient indentation|end of the (stream|document) within/.test(fault.reason)) {
    return undefined;
  }
  const { quote } = scan(lines, fault);
  return quote && { ...quote, reason: "this quote is not closed" };
}

/** A bracket within which the parser met what does not belong there. */
function openBracket(lines: readonly string[], fault: Fault): Fault | undefined {
  if (!/deficient indentation|flow (collection|mapping|sequence)/.test(fault.reason)) {
    return undefined;
  }
  const bracket = scan(lines, fault).brackets.at(-1);
  if (bracket === undefined || bracket.line === fault.line) return undefined;
  const place = `line ${fault.line + 1}`;
  return {
    ...bracket,
    reason: `this bracket is not closed before ${place}, or a comma is missing there`,
  };
}

/** A line that is no `KEY: VALUE`: the one of the fault, or one before it that was read with it. */
function brokenLine(lines: readonly string[], fault: Fault): Fault | undefined {
  const { reason, line } = fault;
  if (/tab characters/.test(reason)) {
    return { ...fault, reason: "a tab indents this line; indent by blanks" };
  }
  if (
    !/multiline key|bad indentation of a|document separator|after a mapping key/.test(reason)
  ) {
    return undefined;
  }
  const own = /^\s*(?:- +)?[\w.-]+:\s+/.exec(lines[line]!);
  const value = lines[line]!.slice(own?.[0].length);
  if (own !== null && /^[@`]/.test(value)) {
    return { reason: `a value that begins with ${value[0]} must be in quotes`, ...at(own) };
  }
  if (own !== null && /^[^"'#{[]*:\s/.test(value)) {
    return { reason: 'a value with ": " in it must be in quotes', ...at(own) };
  }
  const first = firstWithoutKey(lines, line);
  if (first === undefined) return otherIndent(lines, fault);
  const start = lines[first]!.search(/\S/);
  const colon = /^\s*(?:- +)?[\w.-]+:(?=\S)/.exec(lines[first]!);
  return colon === null
    ? { reason: "expected KEY: VALUE", line: first, column: start }
    : { reason: "a blank is missing after the colon", line: first, column: colon[0].length };

  function at({ 0: { length } }: RegExpExecArray) {
    return { line, column: length };
  }
}

/** A line that is not indented as the one before it, which may be the wrong one of the two. */
function otherIndent(lines: readonly string[], { line }: Fault): Fault | undefined {
  const indent = (i: number) => lines[i]!.search(/\S/);
  const before = lines.slice(0, line).findLastIndex((text) => !/^\s*(#|$)/.test(text));
  // A mark of the byte order is no letter.
  if (before === -1 || indent(line) === -1 || indent(before) === indent(line)) return undefined;
  const reason = `this line begins in column ${indent(line) + 1}, line ${before + 1} in column ` +
    `${indent(before) + 1}; what belongs together begins in one column`;
  return { reason, line, column: indent(line) };
}

/**
 * The first of the lines without a key that end at `line`, or right before it if it has one itself;
 * comments and empty lines aside.
 */
function firstWithoutKey(lines: readonly string[], line: number): number | undefined {
  let first: number | undefined;
  for (let i = line; i >= 0; i--) {
    const text = lines[i]!.replace(/(^|\s)#.*$/, "");
    if (text.trim() === "") continue;
    const hasKey = /:(\s|$)/.test(text) || /^\s*-(\s|$)/.test(text);
    if (!hasKey) first = i;
    else if (i < line) break;
  }
  return first;
}

/** The brackets and the quote that are open at a place of the text. */
function scan(lines: readonly string[], to: { line: number; column: number }) {
  type Place = Pick<Fault, "line" | "column">;
  const brackets: Place[] = [];
  let quote: (Place & { mark: string }) | undefined;
  for (const [line, text] of lines.slice(0, to.line + 1).entries()) {
    const end = line === to.line ? to.column : text.length;
    for (let column = 0; column < end; column++) {
      const mark = text[column]!;
      const startsToken = column === 0 || /[\s{[,:(]/.test(text[column - 1]!);
      if (quote !== undefined) {
        if (mark === "\\" && quote.mark === '"') column++;
        else if (mark === quote.mark) quote = undefined;
      } else if (mark === "#" && (column === 0 || /\s/.test(text[column - 1]!))) break;
      else if (/["']/.test(mark) && startsToken) quote = { line, column, mark };
      else if (/[{[]/.test(mark) && (startsToken || brackets.length > 0)) {
        brackets.push({ line, column });
      } else if (/[}\]]/.test(mark)) brackets.pop();
    }
  }
  return { brackets, quote };
}
