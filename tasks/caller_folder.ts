/**
 * Prints the folder that a task was called from as one more item of a list of permissions, such as
 * `,/home/me/texts`; nothing if it is not known, or a list cannot hold it. The command of `sample`
 * takes it: people name the file of its texts, and most name one there.
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
