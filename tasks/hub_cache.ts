/**
 * Prints the folder of downloaded models as one more item of a list of permissions, such as
 * `,/home/me/.cache/flm/hub`; nothing if there is none, or a list cannot hold it. The command of
 * `gen-ppl` takes it: a variable that is unset must not lead to another folder than is meant.
 *
 * @module
 */

import { print } from "../lib/cli/stdout.ts";
import { hubCacheFolder } from "../lib/hub/cache.ts";

if (import.meta.main) {
  const folder = hubCacheFolder();
  // Deno has no way to write a path with a comma in a list.
  if (folder !== null && !folder.includes(",")) print(`,${folder}`);
}
