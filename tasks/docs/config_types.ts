/**
 * The types of a configuration, from the table that reads it.
 *
 * @module
 */

import type { AnyNode, AnySection } from "../../lib/schema/tree.ts";
import { docOf } from "./doc_of.ts";

/** What stands above the types. */
const HEADER = `// Generated from schema.ts by \`deno task docs\`. Do not edit.
// deno-fmt-ignore-file
/**
 * The types of a run's configuration.
 *
 * @module
 */

/** Keys of another section that a later training may have otherwise; null takes that section's. */
export type Inherited<T> = { readonly [K in keyof T]: T[K] | null };
`;

/** What stands in the comment of the whole below its meaning. */
const EXAMPLE = `

@example How many tokens a run sees
\`\`\`ts
import { type Config, loadConfig } from "@flm/flm";

const tokensSeen = ({ data, train }: Config) => data.length * train.batchSize * train.numSteps;
console.log(tokensSeen(await loadConfig("data/demo.yaml")));
\`\`\``;

/** The most characters of a line. */
const LINE = 100;

/** The module of types: an interface for each section, each before those that lie in it. */
export function configTypes(schema: AnySection): string {
  const types = new TypeList(Object.keys(schema.keys));
  types.addInterface("Config", { ...schema, doc: docOf("Config", schema) + EXAMPLE });
  return [HEADER, ...types.declarations].join("\n");
}

class TypeList {
  /** The types so far. */
  readonly declarations: string[] = [];
  /** The sections of which others may have keys otherwise. */
  readonly #inherited: readonly string[];

  constructor(inherited: readonly string[]) {
    this.#inherited = inherited;
  }

  /** `kind` is that of a choice's variant. */
  addInterface(name: string, section: AnySection, kind?: string): void {
    const place = this.declarations.push("") - 1;
    const members = Object.entries(section.keys).map(([key, node]) =>
      member(key, this.#typeOf(key, node, name === "Config"), docOf(key, node))
    );
    if (kind !== undefined) members.unshift(member("kind", `"${kind}"`, "Which kind it is."));
    this.declarations[place] = `${comment(docOf(name, section), "")}export interface ${name} {\n${
      members.join("")
    }}\n`;
  }

  /** The type of a key; adds what it is made of. `isTop` is for keys of the whole. */
  #typeOf(key: string, node: AnyNode, isTop: boolean): string {
    const name = `${pascal(key)}Config`;
    if ("check" in node) return requireType(key, node.type);
    if ("entry" in node && "check" in node.entry) {
      return `Readonly<Record<string, ${requireType(key, node.entry.type)}>>`;
    }
    if ("item" in node && "keys" in node.item) {
      const item = `${pascal(key.replace(/s$/, ""))}Config`;
      this.addInterface(item, node.item);
      return `readonly ${item}[]`;
    }
    if ("keys" in node) {
      if (!isTop && this.#inherited.includes(key)) return `Inherited<${name}>`;
      this.addInterface(name, node);
      return name;
    }
    if ("kinds" in node) {
      const variants = Object.keys(node.kinds).map((kind) => `${pascal(kind)}${name}`);
      const union = variants.map((variant) => `\n  | ${variant}`).join("");
      this.declarations.push(`${comment(docOf(name, node), "")}export type ${name} =${union};\n`);
      for (const [i, [kind, section]] of Object.entries(node.kinds).entries()) {
        this.addInterface(variants[i]!, section, kind);
      }
      return name;
    }
    throw new TypeError(`${key} is a kind of node that no configuration has had yet`);
  }
}

function member(key: string, type: string, doc: string): string {
  return `${comment(doc, "  ")}  readonly ${key}: ${type};\n`;
}

function requireType(key: string, type: string | undefined): string {
  if (type === undefined) throw new TypeError(`the field ${key} does not say its type`);
  return type;
}

/** A name for types: `Lm1bArchive` for `lm1b-archive`. */
function pascal(name: string): string {
  return name.replaceAll(/(?:^|[-_])(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A doc comment, of several lines if it is long or has several. */
function comment(text: string, indent: string): string {
  const line = `${indent}/** ${text} */`;
  if (line.length <= LINE && !text.includes("\n")) return `${line}\n`;
  const lines = text.split("\n").flatMap((each) => wrap(each, LINE - `${indent} * `.length));
  const body = lines.map((each) => `${indent} * ${each}`.trimEnd()).join("\n");
  return `${indent}/**\n${body}\n${indent} */\n`;
}

/** Lines of at most `width` characters; words are not broken. */
function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) === "" ? word : `${lines.at(-1)} ${word}`;
    if (longer.length > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
