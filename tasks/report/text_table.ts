/**
 * Tables as lines of text, in Markdown and in HTML.
 *
 * @module
 */

import { escapeXml } from "./plots.ts";

/** A table of text: a row of headings, and rows of as many cells. */
export interface Table {
  /** The first row. */
  readonly head: readonly string[];
  /** The other rows. */
  readonly rows: readonly (readonly string[])[];
}

/** Lines for a terminal: the first column to the left, the others to the right. */
export function textTable({ head, rows }: Table): string {
  const widths = columnWidths({ head, rows });
  return [head, ...rows].map((row) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd()
  ).join("\n");
}

/** A table in Markdown, aligned likewise. */
export function markdownTable(table: Table): string {
  const escaped = (row: readonly string[]) => row.map((cell) => cell.replaceAll("|", "\\|"));
  const head = escaped(table.head);
  const rows = table.rows.map(escaped);
  const widths = columnWidths({ head, rows }).map((width) => Math.max(width, 3));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const padded = (row: readonly string[]) =>
    line(row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return padded(head) + line(rule) + rows.map(padded).join("");
}

/** A `<table>`. */
export function htmlTable({ head, rows }: Table): string {
  const row = (cells: readonly string[], tag: "th" | "td") =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  return `<table>\n<thead>${row(head, "th")}</thead>\n<tbody>\n` +
    `${rows.map((cells) => row(cells, "td")).join("\n")}\n</tbody>\n</table>`;
}

function columnWidths({ head, rows }: Table): number[] {
  return head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
}
