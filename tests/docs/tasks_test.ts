import { assertEquals } from "@std/assert";
import { permissionsOf, taskTable } from "../../tasks/docs/tasks.ts";

const HUB = ["huggingface.co", "*.huggingface.co", "hf.co", "*.hf.co"];
const permissions = {
  look: { read: true, env: ["A"] },
  get: { write: ["runs", "shards"], net: [...HUB, "a.org"], sys: ["hostname"] },
  web: { net: true, run: ["deno"] },
  make: { run: ["deno", "git", "xz"] },
} as const;

Deno.test("permissionsOf() says what a command may do", () => {
  const cases: [command: string, words: string][] = [
    ["deno run --quiet -P=look tasks/a.ts", "read files"],
    ["deno run -P=get tasks/a.ts", "write `runs/` and `shards/`, use the hub and a.org"],
    ["deno run -P=web tasks/a.ts", "use the network, run Deno"],
    ["deno run -P=make tasks/a.ts", "run Deno, git and xz"],
    ["deno run --allow-run tasks/a.ts", "run programs"],
    ["deno run --allow-read=a --allow-write --allow-env=B tasks/a.ts", "read `a/`, write files"],
    [
      'deno run -P=look --allow-write="runs$(deno run --allow-env=HOME tasks/b.ts)" tasks/a.ts',
      "read files, write `runs/` and the cache of models",
    ],
    [
      'deno run -P=look --allow-write="runs$(deno run tasks/caller_folder.ts)" tasks/a.ts',
      "read files, write `runs/` and the caller's folder",
    ],
    ["deno run -P=look --allow-ffi tasks/a.ts", "read files, load Dawn"],
    ["deno task --quiet train owt", "as `train`"],
    ["deno bundle mod.ts", "(commands of Deno itself)"],
    ["deno fmt --check && deno run --allow-read a.ts", "(commands of Deno itself)"],
  ];
  for (const [command, words] of cases) assertEquals(permissionsOf(command, permissions), words);
});

Deno.test("taskTable() has a row for each task that is no short form", () => {
  const a = { description: "Do it", command: "deno run -P=look a.ts" };
  assertEquals(
    taskTable({ tasks: { a, "a:owt": a }, permissions }),
    `| Task | Does  | May        |
| ---- | ----- | ---------- |
| \`a\`  | Do it | read files |`,
  );
});
