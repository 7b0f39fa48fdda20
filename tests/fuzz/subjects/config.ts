/**
 * Configurations in YAML.
 *
 * @module
 */

import { loadConfig } from "../../../lib/config/config_file.ts";
import { damagedText } from "../damage/text.ts";
import type { Bytes, Subject } from "../subject.ts";

const RECIPES = new URL("../../../data/", import.meta.url);

/** What YAML has marks for. */
export const YAML_PARTS: readonly string[] = [
  ...["- ", "? ", ": ", "|", ">-", "{", "}", "[", "]", "[[[[", "{a: {a: ", "&a ", "*a", "<<: *a"],
  ...[
    "!!binary ",
    "!!timestamp ",
    "!!set ",
    "!!js/function ",
    "!x ",
    "%YAML 9.9\n",
    "---\n",
    "...",
  ],
  ...[
    "~",
    ".inf",
    ".nan",
    "0x7fffffffffffffff",
    "0b2",
    "1_000",
    "2001-02-30",
    "\n  ",
    "\n\t",
    "# ",
  ],
  ...["@", "`", "&a [*a]", "a: &b [x,x]\nc: &d [*b,*b,*b,*b]\ne: [*d,*d,*d,*d]\n", "<<: [1]"],
];

/** `loadConfig`, of the recipes that come with flm. */
export async function config(folder: string): Promise<Subject> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(RECIPES)) if (name.endsWith(".yaml")) names.push(name);
  const files: Record<string, Bytes> = {};
  for (const name of names.sort()) files[name] = await Deno.readFile(new URL(name, RECIPES));
  return {
    files,
    damage: damagedText(YAML_PARTS),
    async read(file, name) {
      await Deno.writeFile(`${folder}/${name}`, file);
      await loadConfig(`${folder}/${name}`);
    },
  };
}
