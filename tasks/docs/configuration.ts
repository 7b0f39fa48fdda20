/**
 * The reference of configuration keys, from the table that reads them.
 *
 * @module
 */

import type { Field } from "../../lib/schema/field.ts";
import type { AnyNode, AnySection } from "../../lib/schema/tree.ts";
import { markdownTable } from "../figures/text_table.ts";
import { docOf } from "./doc_of.ts";

/** Keys that stand together under one heading. */
interface KeyTable {
  readonly heading: string;
  readonly doc: string;
  readonly rows: readonly (readonly string[])[];
}

/** A heading and a table for each section, in the order of the schema. */
export function configurationTables(schema: AnySection): string {
  const inherited = Object.keys(schema.keys);
  return tablesOf(schema, "", "The run", inherited)
    .map(({ heading, doc, rows }) => {
      const table = markdownTable({ head: ["Key", "Default", "Value", "Meaning"], rows }, "left");
      return [`## ${heading}`, doc, ...(rows.length > 0 ? [table.trimEnd()] : [])].join("\n\n");
    })
    .join("\n\n");
}

/**
 * The table of a section, then those of what lies in it.
 *
 * @param inherited The sections of which others may take keys, which are not listed again.
 */
function tablesOf(
  section: AnySection,
  prefix: string,
  heading: string,
  inherited: readonly string[],
): KeyTable[] {
  const rows: string[][] = [];
  const below: KeyTable[] = [];
  for (const [key, node] of Object.entries(section.keys)) {
    const path = `${prefix}${key}`;
    if ("check" in node) {
      rows.push([code(path), fallbackOf(node), node.expected, docOf(path, node)]);
    } else if ("keys" in node && prefix !== "" && inherited.includes(key)) {
      rows.push([code(`${path}.…`), code("null"), `as in ${code(key)}`, docOf(path, node)]);
    } else if ("kinds" in node) {
      rows.push([code(`${path}.kind`), "required", kindsOf(node), docOf(path, node)]);
      for (const [kind, section] of Object.entries(node.kinds)) {
        below.push(
          ...tablesOf(section, `${path}.`, `${code(path)} of kind ${code(kind)}`, inherited),
        );
      }
    } else if ("item" in node && "keys" in node.item) {
      const fallback = node.fallback === undefined
        ? "required"
        : code(JSON.stringify(node.fallback));
      rows.push([code(path), fallback, "a list of mappings", docOf(path, node)]);
      below.push(...tablesOf(node.item, "", `Each of ${code(path)}`, inherited));
    } else if ("entry" in node) {
      rows.push([code(path), code(JSON.stringify(node.fallback)), "a mapping", docOf(path, node)]);
    } else if ("keys" in node) {
      below.push(...tablesOf(node, `${path}.`, code(path), inherited));
    } else {
      throw new TypeError(`${path} is a kind of node that no configuration has had yet`);
    }
  }
  return [{ heading, doc: docOf(heading, section), rows }, ...below];
}

function kindsOf({ kinds }: Extract<AnyNode, { kinds: unknown }>): string {
  return Object.keys(kinds).map((kind) => `"${kind}"`).join(" or ");
}

function fallbackOf({ fallback }: Field<unknown>): string {
  if (fallback === undefined) return "required";
  return code(typeof fallback === "string" ? fallback : JSON.stringify(fallback));
}

function code(text: string): string {
  return `\`${text}\``;
}
