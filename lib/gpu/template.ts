/**
 * The template language of the `.wgsl` files: three directives in comments and
 * `${expression}`, so that a kernel stays readable WGSL while its hot tiles are
 * written out in full. (naga and the drivers behind it do not unroll loops over
 * private arrays, which makes such loops some ten times slower on CPU adapters.)
 *
 * ```wgsl
 * //# include philox          another file of kernels/, once
 * //# repeat i 0 TILE         lines up to its end, for i = 0 .. TILE-1
 *   let a${i} = load(${i * 4});
 * //# end
 * //# if BIAS == 1
 * //# else
 * //# end
 * ```
 *
 * Expressions are integer arithmetic over the constants given when the pipeline
 * is made and over repeat variables: `+ - * / % ( ) == != < <= > >= && || !`.
 *
 * @module
 */

import { GpuError } from "../errors.ts";

/** Values of a template's constants, all integers. */
export type TemplateConstants = Readonly<Record<string, number>>;

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

function evaluate(text: string, scope: Scope, where: string): number {
  const tokens = text.match(/\d+|[A-Za-z_]\w*|[|&=!<>]{2}|[-+*/%()<>!]|\S/g) ?? [];
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
    const value = scope.get(token);
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

/**
 * Expands the template `name` of `sources` with the given constants.
 *
 * @param sources The texts of kernels/, by name without `.wgsl`.
 * @throws {GpuError} for an unknown file, directive or name, or a missing `end`; the
 * message gives file and line.
 */
export function expandTemplate(
  sources: Readonly<Record<string, string>>,
  name: string,
  constants: TemplateConstants = {},
): string {
  const output: string[] = [];
  const included = new Set<string>();

  const expandFile = (file: string, scope: Scope, from: string) => {
    if (included.has(file)) return;
    included.add(file);
    const source = sources[file];
    if (source === undefined) throw new GpuError(`${from}: there is no kernel named "${file}"`);
    const lines = source.split("\n");

    const matchingEnd = (start: number): { middle: number; end: number } => {
      let depth = 0;
      let middle = -1;
      for (let i = start + 1; i < lines.length; i++) {
        const word = /^\s*\/\/#\s*(\w+)/.exec(lines[i] ?? "")?.[1];
        if (word === "repeat" || word === "if") depth++;
        else if (word === "else" && depth === 0) middle = i;
        else if (word === "end" && depth-- === 0) return { middle, end: i };
      }
      throw new GpuError(`${file}.wgsl:${start + 1}: this directive has no "//# end"`);
    };

    const expandLines = (start: number, end: number, scope: Scope) => {
      for (let i = start; i < end; i++) {
        const line = lines[i] ?? "";
        const where = `${file}.wgsl:${i + 1}`;
        const directive = /^\s*\/\/#\s*(\w+)\s*(.*?)\s*$/.exec(line);
        if (directive === null) {
          output.push(
            line.replace(/\$\{([^}]*)\}/g, (_, text) => String(evaluate(text, scope, where))),
          );
          continue;
        }
        const [, word = "", rest = ""] = directive;
        if (word === "include") {
          expandFile(rest, scope, where);
        } else if (word === "repeat") {
          const [, variable = "", low = "", high = ""] = /^(\w+)\s+(\S+)\s+(.+)$/.exec(rest) ?? [];
          if (variable === "") {
            throw new GpuError(`${where}: expected "repeat NAME FROM TO", found "${line.trim()}"`);
          }
          const block = matchingEnd(i);
          const stop = evaluate(high, scope, where);
          for (let value = evaluate(low, scope, where); value < stop; value++) {
            expandLines(i + 1, block.end, new Map(scope).set(variable, value));
          }
          i = block.end;
        } else if (word === "if") {
          const block = matchingEnd(i);
          const otherwise = block.middle < 0 ? block.end : block.middle;
          if (evaluate(rest, scope, where)) expandLines(i + 1, otherwise, scope);
          else if (block.middle >= 0) expandLines(block.middle + 1, block.end, scope);
          i = block.end;
        } else {
          throw new GpuError(`${where}: unknown directive "${word}"`);
        }
      }
    };
    expandLines(0, lines.length, scope);
  };

  expandFile(name, new Map(Object.entries(constants)), "kernels");
  return output.join("\n");
}
