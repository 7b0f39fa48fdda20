/**
 * What a kernel's template asks of whoever runs it, for every choice of its constants: read from
 * the text, so that `deno task kernels` can turn it into types.
 *
 * @module
 */

import { parseInterface } from "./kernel_interface.ts";
import {
  EXPRESSION,
  includedTemplate,
  isStorageConstant,
  parseTemplate,
  type Template,
  type TemplateNode,
  tokensOf,
} from "./template.ts";

/** Names, each with whether it is always needed, or only for some values of the constants. */
export type Needs = ReadonlyMap<string, boolean>;

/** What a binding takes. */
export type BindingKind = "buffer" | "image";

/** The interface of a template. */
export interface TemplateInterface {
  /** Constants of expressions, also of those in included files. */
  readonly constants: Needs;
  /** Bindings of group 0. */
  readonly bindings: Needs;
  /** What each binding takes; both if that depends on constants. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<BindingKind>>;
  /** Members of `struct Params`. */
  readonly params: Needs;
}

/** The needs of a part of a template. */
type Found = Record<"constants" | "bindings" | "params", Map<string, boolean>>;

const nothing = (): Found => ({ constants: new Map(), bindings: new Map(), params: new Map() });

/** Joins needs; `always` says what becomes of a name's two (undefined: not needed there). */
function join(
  a: Found,
  b: Found,
  always: (a: boolean | undefined, b: boolean | undefined) => boolean,
): Found {
  const joined = nothing();
  for (const part of ["constants", "bindings", "params"] as const) {
    for (const name of [...a[part].keys(), ...b[part].keys()]) {
      joined[part].set(name, always(a[part].get(name), b[part].get(name)));
    }
  }
  return joined;
}

/** What is needed by two parts of which both are expanded. */
const both = (a: Found, b: Found) => join(a, b, (a, b) => a === true || b === true);
/** What is needed by two parts of which either is expanded. */
const either = (a: Found, b: Found) => join(a, b, (a, b) => a === true && b === true);

/**
 * Reads the interface of a template. What stands in an `if` is needed for some constants only,
 * unless the other part needs it, too; a `repeat` is taken to have a round at least.
 *
 * @param includes The texts of kernels/include/, by name without `.wgsl`.
 * @throws {GpuError} for an unknown file or directive or a missing `end`, with file and line.
 */
export function templateInterface(
  template: Template,
  includes: Readonly<Record<string, string>>,
): TemplateInterface {
  const reader = new InterfaceReader(includes);
  const found = reader.read(parseTemplate(template), []);
  return { ...found, kinds: reader.kinds };
}

/** Reads the nodes of a template in their order. */
class InterfaceReader {
  /** What the bindings take, as far as they were met. */
  readonly kinds = new Map<string, Set<BindingKind>>();
  readonly #includes: Readonly<Record<string, string>>;
  /** The includes around a node: a file that includes itself is expanded once. */
  readonly #open = new Set<string>();
  #inParams = false;

  constructor(includes: Readonly<Record<string, string>>) {
    this.#includes = includes;
  }

  /** What nodes need; `variables` are those of the repeats around them. */
  read(nodes: readonly TemplateNode[], variables: readonly string[]): Found {
    return nodes.reduce((sum, node) => both(sum, this.#readNode(node, variables)), nothing());
  }

  #readNode(node: TemplateNode, variables: readonly string[]): Found {
    switch (node.kind) {
      case "line":
        return this.#readLine(node.text, variables);
      case "include":
        return this.#readInclude(node, variables);
      case "stored":
        return expressionNeeds(node.width, variables);
      case "repeat":
        return [node.from, node.to].reduce(
          (sum, text) => both(sum, expressionNeeds(text, variables)),
          this.read(node.body, [...variables, node.variable]),
        );
      case "if":
        return both(
          expressionNeeds(node.condition, variables),
          either(this.read(node.then, variables), this.read(node.otherwise, variables)),
        );
    }
  }

  #readLine(text: string, variables: readonly string[]): Found {
    if (/\bstruct Params\b/.test(text)) this.#inParams = true;
    const code = this.#inParams && !text.includes("{") ? `struct Params {\n${text}\n}` : text;
    const { bindings, params } = parseInterface(code);
    if (text.includes("}") && !text.includes("${")) this.#inParams = false;
    for (const { name, image } of bindings) {
      const kinds = this.kinds.get(name) ?? new Set();
      this.kinds.set(name, kinds.add(image ? "image" : "buffer"));
    }
    const found = nothing();
    for (const { name } of bindings) found.bindings.set(name, true);
    for (const { name } of params) found.params.set(name, true);
    return [...text.matchAll(EXPRESSION)].reduce(
      (sum, [, inside]) => both(sum, expressionNeeds(inside!, variables)),
      found,
    );
  }

  #readInclude(
    node: TemplateNode & { kind: "include" },
    variables: readonly string[],
  ): Found {
    if (this.#open.has(node.name)) return nothing();
    this.#open.add(node.name);
    const found = this.read(parseTemplate(includedTemplate(this.#includes, node)), variables);
    this.#open.delete(node.name);
    return found;
  }
}

/** The constants of an expression that are passed: its names, but for the variables of repeats. */
function expressionNeeds(text: string, variables: readonly string[]): Found {
  const names = tokensOf(text).filter((token) =>
    /^[A-Za-z_]/.test(token) && !variables.includes(token) && !isStorageConstant(token)
  );
  return { ...nothing(), constants: new Map(names.map((name) => [name, true])) };
}
