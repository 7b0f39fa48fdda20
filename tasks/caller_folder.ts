/**
 * Prints the folder that a task was called from as one more item of a list of permissions, such as
 * `,/home/me/texts`; nothing if it is not known, or a list cannot hold it. The commands of
 * `sample` and `export` take it: people name what they write, and most name something there.
 *
 * @module
 */

import { print } from "../lib/cli/stdout.ts";
import { environment } from "../lib/system/environment.ts";

if (import.meta.main) {
  const folder = environment("INIT_CWD");
  // Deno has no way to write a path with a comma in a list.
  if (folder && !folder.includes(",")) print(`,${folder}`);
}
