import { assertEquals } from "@std/assert";
import { permissionsOf, taskTable } from "../../tasks/docs/tasks.ts";

Deno.test("permissionsOf() says what a command may do", () => {
  const cases: [command: string, words: string][] = [
    ["deno run --quiet --allow-read --allow-env=A,B tasks/a.ts", "read files"],
    [
      "deno run --allow-read --allow-write=runs,shards tasks/a.ts",
      "read files, write `runs/` and `shards/`",
    ],
    [
      'deno run --allow-write="runs$(deno run --allow-env=HOME tasks/b.ts)" tasks/a.ts',
      "write `runs/` and the cache of models",
    ],
    [
      "deno run '--allow-net=huggingface.co,*.huggingface.co,hf.co,*.hf.co,a.org' tasks/a.ts",
      "use the hub and a.org",
    ],
    ["deno run --allow-net --allow-run=deno tasks/a.ts", "use the network, run Deno"],
    ["deno task train owt", "runs `train owt`"],
    ["deno task --quiet train owt", "runs `train owt`"],
    ["deno bundle mod.ts", "(commands of Deno itself)"],
    ["deno fmt --check && deno run --allow-read a.ts", "(commands of Deno itself)"],
  ];
  for (const [command, words] of cases) assertEquals(permissionsOf(command), words);
});

Deno.test("taskTable() has a row for each task", () => {
  const table = taskTable({ a: { description: "Do it", command: "deno run --allow-read a.ts" } });
  assertEquals(table.split("\n").at(-1), "| `a`  | Do it | read files |");
});
