/**
 * Tables as lines of text, in Markdown and in HTML.
 *
 * @module
 */

import { formatNumbers } from "../../lib/cli/format.ts";
import { escapeXml } from "./plots.ts";

/** A table of text: a row of headings, and rows of as many cells. */
export interface Table {
  /** The first row. */
  readonly head: readonly string[];
  /** The other rows. */
  readonly rows: readonly (readonly string[])[];
}

/** A column: its heading, and what it says of a row, in words or as a measured number. */
export type Column<Row> =
  & { readonly head: string }
  & (
    | { readonly text: (row: Row) => string }
    /** null is "none", undefined an empty cell. */
    | { readonly number: (row: Row) => number | null | undefined }
  );

/** A table with a row for each of `rows`; the numbers of a column have their points in a line. */
export function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Table {
  const cells = columns.map((column) => {
    if ("text" in column) return rows.map(column.text);
    const values = rows.map(column.number);
    const shown = formatNumbers(values.filter((value) => typeof value === "number"));
    return values.map((value) =>
      value === undefined ? "" : value === null ? "none" : shown.shift()!
    );
  });
  return {
    head: columns.map(({ head }) => head),
    rows: rows.map((_, row) => cells.map((column) => column[row]!)),
  };
}

/** Lines for a terminal: the first column to the left, the others to the right. */
export function textTable({ head, rows }: Table): string {
  const widths = columnWidths({ head, rows });
  return [head, ...rows].map((row) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd()
  ).join("\n");
}

/** A table in Markdown, aligned likewise; the others to the left as well if they are words. */
export function markdownTable(table: Table, others: "left" | "right" = "right"): string {
  const escaped = (row: readonly string[]) => row.map((cell) => cell.replaceAll("|", "\\|"));
  const head = escaped(table.head);
  const rows = table.rows.map(escaped);
  const widths = columnWidths({ head, rows }).map((width) => Math.max(width, 3));
  const isLeft = (column: number) => column === 0 || others === "left";
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const padded = (row: readonly string[]) =>
    line(row.map((cell, i) => isLeft(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
  const rule = widths.map((width, i) =>
    isLeft(i) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  );
  return padded(head) + line(rule) + rows.map(padded).join("");
}

/**
 * A `<table>` that scrolls by itself where it is wider than the page. First cells that are alike
 * are one, which heads their rows.
 */
export function htmlTable({ head, rows }: Table): string {
  const row = (cells: readonly string[], tag: "th" | "td") =>
    cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("");
  const lines = rows.map(([first, ...rest], i) => {
    if (i > 0 && rows[i - 1]![0] === first) return `<tr>${row(rest, "td")}</tr>`;
    const next = rows.findIndex((row, k) => k > i && row[0] !== first);
    const span = (next < 0 ? rows.length : next) - i;
    const attributes = `scope="row"${span === 1 ? "" : ` rowspan="${span}"`}`;
    return `<tr><th ${attributes}>${escapeXml(first!)}</th>${row(rest, "td")}</tr>`;
  });
  return `<div class="table"><table>\n<thead><tr>${row(head, "th")}</tr></thead>\n<tbody>\n` +
    `${lines.join("\n")}\n</tbody>\n</table></div>`;
}

function columnWidths({ head, rows }: Table): number[] {
  return head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
}
