import { assertEquals } from "@std/assert";
import { commitOf } from "../../tasks/runs/commit.ts";
import { withFolder } from "../testing/folder.ts";

const [COMMIT, OTHER] = ["0123456789".repeat(4), "fedcba9876".repeat(4)];

Deno.test("commitOf() finds the commit of a branch, loose or packed, and one without a branch", () =>
  withFolder(async (folder) => {
    assertEquals(await commitOf(folder), null);
    await Deno.mkdir(`${folder}/.git/refs/heads/a`, { recursive: true });
    await Deno.writeTextFile(`${folder}/.git/HEAD`, "ref: refs/heads/a/b\n");
    assertEquals(await commitOf(folder), null);
    const packed = `# pack-refs with: peeled\n${OTHER} refs/heads/b\n${COMMIT} refs/heads/a/b\n`;
    await Deno.writeTextFile(`${folder}/.git/packed-refs`, packed);
    assertEquals(await commitOf(folder), COMMIT);
    await Deno.writeTextFile(`${folder}/.git/refs/heads/a/b`, `${OTHER}\n`);
    assertEquals(await commitOf(folder), OTHER);
    await Deno.writeTextFile(`${folder}/.git/HEAD`, `${COMMIT}\n`);
    assertEquals(await commitOf(folder), COMMIT);
  }));

Deno.test("commitOf() finds the commit of a worktree", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/.git/worktrees/w`, { recursive: true });
    await Deno.mkdir(`${folder}/.git/refs/heads`, { recursive: true });
    await Deno.mkdir(`${folder}/w`);
    await Deno.writeTextFile(`${folder}/w/.git`, "gitdir: ../.git/worktrees/w\n");
    await Deno.writeTextFile(`${folder}/.git/worktrees/w/HEAD`, "ref: refs/heads/x\n");
    await Deno.writeTextFile(`${folder}/.git/worktrees/w/commondir`, "../..\n");
    await Deno.writeTextFile(`${folder}/.git/refs/heads/x`, `${COMMIT}\n`);
    assertEquals(await commitOf(`${folder}/w`), COMMIT);
  }));
