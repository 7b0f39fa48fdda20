/**
 * Reading command lines with what Deno has built in, for programs that must
 * run without an import map.
 *
 * @module
 */

import type { ArgParser } from "./flags.ts";

/**
 * A parser that reads as `parseArgs` of `@std/cli` does, as far as
 * {@linkcode ArgParser} asks, by Node's `parseArgs`.
 */
export async function nodeArgParser(): Promise<ArgParser> {
  // Imported when it is needed: a page that imports a bundle of flm has no such module.
  const { parseArgs } = await import("node:util");
  return (args, { boolean, unknown }) => {
    const { tokens } = parseArgs({ args, strict: false, allowPositionals: true, tokens: true });
    const result: ReturnType<ArgParser> = { _: [] };
    for (const name of boolean) result[name] = false;
    let taken = -1;
    let terminated = false;
    tokens.forEach((token, i) => {
      if (token.kind === "option-terminator") terminated = true;
      else if (token.kind === "positional") {
        if (terminated) result._.push(token.value);
        else if (i !== taken) unknown(token.value);
      } else {
        const { name, value } = token;
        const isSwitch = boolean.includes(name);
        if (value !== undefined) {
          // What is empty is no value.
          if (isSwitch) result[name] = value !== "false";
          else unknown(args[token.index]!, name, value || true);
          return;
        }
        const following = tokens[i + 1];
        const next = following?.kind === "positional" && following.value !== "-"
          ? following.value
          : "";
        const isTaken = isSwitch ? next === "true" || next === "false" : next !== "";
        if (isTaken) taken = i + 1;
        if (isSwitch) result[name] = next !== "false";
        else unknown(args[token.index]!, name, next || true);
      }
    });
    return result;
  };
}
