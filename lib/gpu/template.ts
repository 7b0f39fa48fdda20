/**
 * The template language of the `.wgsl` files: three directives in comments and
 * `${expression}`, so that a kernel stays readable WGSL while its hot tiles are
 * written out in full. (naga and the drivers behind it do not unroll loops over
 * private arrays, which makes such loops some ten times slower on CPU adapters.)
 *
 * ```wgsl
 * //# include philox          a file of kernels/include/, once
 * //# repeat i 0 TILE         lines up to its end, for i = 0 .. TILE-1
 *   let a${i} = load(${i * 4});
 * //# end
 * //# if BIAS == 1
 * //# else
 * //# end
 * //# stored x VEC            x_t: what the buffer x holds, f32 or f16, or vectors of 4 of them
 * ```
 *
 * Expressions are integer arithmetic over the constants given when the pipeline
 * is made and over repeat variables: `+ - * / % ( ) == != < <= > >= && || !`.
 *
 * The constant `x_f16` says whether what is bound as `x` holds f16 numbers. Nobody passes it: it
 * follows from the tensor. A kernel that asks for it, mostly by `stored`, takes either; it computes
 * in f32, by `Vec(x[i])` where it reads and `x_t(value)` where it writes. The width is 1 unless
 * given.
 *
 * @module
 */

import { GpuError } from "../errors.ts";

/** Values of a template's constants, all integers. */
export type TemplateConstants = Readonly<Record<string, number>>;

/** A template and what it is called in messages. */
export interface Template {
  /** The file's name without `.wgsl`. */
  readonly name: string;
  /** Its text. */
  readonly source: string;
}

/** A piece of a template: a line of WGSL or a directive, with where it is written. */
export type TemplateNode =
  & { readonly where: string }
  & (
    | { readonly kind: "line"; readonly text: string }
    | { readonly kind: "include"; readonly name: string }
    | {
      readonly kind: "repeat";
      readonly variable: string;
      readonly from: string;
      readonly to: string;
      readonly body: readonly TemplateNode[];
    }
    | {
      readonly kind: "if";
      readonly condition: string;
      readonly then: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
    | { readonly kind: "stored"; readonly name: string; readonly width: string }
  );

/** An expression in a line. */
export const EXPRESSION = /\$\{([^}]*)\}/g;

/** The end of the names of constants that follow from what is bound. */
const F16 = "_f16";

/** Whether a constant follows from what is bound, and is not passed. */
export function isStorageConstant(name: string): boolean {
  return name.endsWith(F16);
}

/** The constant that says whether what is bound as `binding` holds f16 numbers. */
export function storageConstant(binding: string): string {
  return binding + F16;
}

/** Values of names, in expressions. */
type Scope = ReadonlyMap<string, number>;

const BINARY: readonly Record<string, (a: number, b: number) => number>[] = [
  { "||": (a, b) => (a || b ? 1 : 0) },
  { "&&": (a, b) => (a && b ? 1 : 0) },
  { "==": (a, b) => (a === b ? 1 : 0), "!=": (a, b) => (a !== b ? 1 : 0) },
  {
    "<=": (a, b) => (a <= b ? 1 : 0),
    ">=": (a, b) => (a >= b ? 1 : 0),
    "<": (a, b) => (a < b ? 1 : 0),
    ">": (a, b) => (a > b ? 1 : 0),
  },
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  { "*": (a, b) => a * b, "/": (a, b) => Math.trunc(a / b), "%": (a, b) => a % b },
];

function valueOf(text: string, scope: Scope, where: string): number {
  const tokens = tokensOf(text);
  let at = 0;
  const fail = (why: string) => new GpuError(`${where}: ${why} in the expression "${text}"`);

  const primary = (): number => {
    const token = tokens[at++];
    if (token === undefined) throw fail("a value is missing");
    if (token === "-") return -primary();
    if (token === "!") return primary() ? 0 : 1;
    if (token === "(") {
      const value = binary(0);
      if (tokens[at++] !== ")") throw fail("a closing parenthesis is missing");
      return value;
    }
    if (/^\d/.test(token)) return Number(token);
    const value = scope.get(token) ?? (isStorageConstant(token) ? 0 : undefined);
    if (value === undefined) throw fail(`unknown name "${token}"`);
    return value;
  };
  const binary = (level: number): number => {
    const operators = BINARY[level];
    if (operators === undefined) return primary();
    let value = binary(level + 1);
    for (let apply; (apply = operators[tokens[at] ?? ""]) !== undefined;) {
      at++;
      value = apply(value, binary(level + 1));
    }
    return value;
  };
  const value = binary(0);
  if (at !== tokens.length) throw fail(`"${tokens[at]}" is not understood`);
  return value;
}

/** The tokens of an expression: numbers, names and operators. */
export function tokensOf(expression: string): readonly string[] {
  return expression.match(/\d+|[A-Za-z_]\w*|[|&=!<>]{2}|[-+*/%()<>!]|\S/g) ?? [];
}

/**
 * Reads the directives of a template.
 *
 * @throws {GpuError} for an unknown directive or a missing `end`, with file and line.
 */
export function parseTemplate({ name, source }: Template): readonly TemplateNode[] {
  const lines = source.split("\n");
  let at = 0;

  /** Reads up to the directive that ends a block, or the end of the file. */
  const block = (): { nodes: TemplateNode[]; end: string | undefined } => {
    const nodes: TemplateNode[] = [];
    while (at < lines.length) {
      const text = lines[at++]!;
      const where = `${name}.wgsl:${at}`;
      const directive = /^\s*\/\/#\s*(\w+)\s*(.*?)\s*$/.exec(text);
      if (directive === null) {
        nodes.push({ where, kind: "line", text });
        continue;
      }
      const [, word = "", rest = ""] = directive;
      if (word === "end" || word === "else") return { nodes, end: word };
      if (word === "include") {
        nodes.push({ where, kind: "include", name: rest });
      } else if (word === "stored") {
        const [, stored, width = "1"] = /^(\w+)(?:\s+(.+))?$/.exec(rest) ?? [];
        if (stored === undefined) {
          throw new GpuError(`${where}: expected "stored NAME WIDTH", found "${text.trim()}"`);
        }
        nodes.push({ where, kind: "stored", name: stored, width });
      } else if (word === "repeat") {
        const [, variable, from, to] = /^(\w+)\s+(\S+)\s+(.+)$/.exec(rest) ?? [];
        if (variable === undefined || from === undefined || to === undefined) {
          throw new GpuError(`${where}: expected "repeat NAME FROM TO", found "${text.trim()}"`);
        }
        const { nodes: body, end } = block();
        if (end !== "end") throw unended(where);
        nodes.push({ where, kind: "repeat", variable, from, to, body });
      } else if (word === "if") {
        const first = block();
        const second = first.end === "else" ? block() : { nodes: [], end: first.end };
        if (second.end !== "end") throw unended(where);
        nodes.push({
          where,
          kind: "if",
          condition: rest,
          then: first.nodes,
          otherwise: second.nodes,
        });
      } else {
        throw new GpuError(`${where}: unknown directive "${word}"`);
      }
    }
    return { nodes, end: undefined };
  };

  const { nodes, end } = block();
  if (end !== undefined) throw new GpuError(`${name}.wgsl:${at}: "${end}" ends no directive`);
  return nodes;
}

function unended(where: string): GpuError {
  return new GpuError(`${where}: this directive has no "//# end"`);
}

/**
 * The template of kernels/include/ that an include names.
 *
 * @throws {GpuError} if there is none, with file and line of the include.
 */
export function includedTemplate(
  includes: Readonly<Record<string, string>>,
  { name, where }: { readonly name: string; readonly where: string },
): Template {
  const source = Object.hasOwn(includes, name) ? includes[name] : undefined;
  if (source === undefined) {
    throw new GpuError(`${where}: there is no "${name}" in kernels/include`);
  }
  return { name: `include/${name}`, source };
}

/** The alias of a buffer's elements, which `stored` stands for. */
function storedAlias(name: string, f16: boolean, width: number): string {
  const number = f16 ? "f16" : "f32";
  return `alias ${name}_t = ${width > 1 ? `vec${width}<${number}>` : number};`;
}

/**
 * Expands a template with the given constants.
 *
 * @param includes The texts of kernels/include/, by name without `.wgsl`.
 * @throws {GpuError} for an unknown file, directive or name, a missing `end`, or a buffer of f16
 * numbers where the template takes f32 alone; the message gives file and line.
 */
export function expandTemplate(
  template: Template,
  includes: Readonly<Record<string, string>>,
  constants: TemplateConstants = {},
): string {
  const output: string[] = [];
  const included = new Set<string>();
  const asked = new Set<string>();
  const evaluate = (text: string, scope: Scope, where: string) => {
    for (const token of tokensOf(text)) if (isStorageConstant(token)) asked.add(token);
    return valueOf(text, scope, where);
  };

  const expand = (nodes: readonly TemplateNode[], scope: Scope) => {
    for (const node of nodes) {
      const { where } = node;
      if (node.kind === "line") {
        output.push(
          node.text.replace(EXPRESSION, (_, text) => String(evaluate(text, scope, where))),
        );
      } else if (node.kind === "include") {
        if (included.has(node.name)) continue;
        included.add(node.name);
        expand(parseTemplate(includedTemplate(includes, node)), scope);
      } else if (node.kind === "stored") {
        const f16 = evaluate(storageConstant(node.name), scope, where) !== 0;
        output.push(storedAlias(node.name, f16, evaluate(node.width, scope, where)));
      } else if (node.kind === "repeat") {
        const stop = evaluate(node.to, scope, where);
        if (stop === Infinity) throw new GpuError(`${where}: ${node.to} has no end`);
        for (let value = evaluate(node.from, scope, where); value < stop; value++) {
          expand(node.body, new Map(scope).set(node.variable, value));
        }
      } else {
        expand(evaluate(node.condition, scope, where) ? node.then : node.otherwise, scope);
      }
    }
  };

  expand(parseTemplate(template), new Map(Object.entries(constants)));
  const halves = Object.keys(constants).filter((name) =>
    isStorageConstant(name) && constants[name]
  );
  const refused = halves.find((name) => !asked.has(name));
  if (refused !== undefined) {
    throw new GpuError(
      `${template.name}.wgsl takes f32 numbers as "${
        refused.slice(0, -F16.length)
      }", and was given ` +
        "f16.",
    );
  }
  return (halves.length > 0 ? ["enable f16;", ...output] : output).join("\n");
}
