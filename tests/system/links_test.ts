import { assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { refuseLinksOut } from "../../lib/system/links.ts";
import { withFolder } from "../testing/folder.ts";

/** Makes folders `runs` and `elsewhere`, and links by name below `runs`. */
async function withLinks(
  links: Record<string, string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (const name of ["runs/a/checkpoints/0000001", "runs/b", "elsewhere"]) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    }
    for (const [name, target] of Object.entries(links)) {
      await Deno.symlink(target.replace("$", folder), `${folder}/runs/${name}`);
    }
    await test(await Deno.realPath(folder));
  });
}

Deno.test("refuseLinksOut() names a link that leads out of the folder", async () => {
  const cases: [link: string, target: string, run: string][] = [
    ["x", "$/elsewhere", "x"],
    ["x", "../elsewhere", "x/new"],
    ["a/metrics.jsonl", "$/elsewhere/metrics.jsonl", "a"],
    ["a/checkpoints/0000002", "../../../elsewhere", "a"],
    ["a/latest.json", "/nowhere/latest.json", "a"],
  ];
  for (const [link, target, run] of cases) {
    await withLinks({ [link]: target }, (folder) => {
      const shown = `${folder}/runs/${link} is a symbolic link to `;
      const refuse = () => refuseLinksOut(`${folder}/runs/${run}`, `${folder}/runs`);
      return assertRejects(refuse, FlmError, shown).then(() => {});
    });
  }
});

Deno.test("refuseLinksOut() takes links that stay inside, and a root that is a link", () =>
  withLinks({ "a/best": "checkpoints/0000001", c: "b" }, async (folder) => {
    await Deno.symlink(`${folder}/runs`, `${folder}/linked`);
    for (const root of [`${folder}/runs`, `${folder}/linked`]) {
      for (const run of ["a", "b", "c", "none", "none/new"]) {
        await refuseLinksOut(`${root}/${run}`, root);
      }
    }
    await refuseLinksOut(`${folder}/elsewhere`, `${folder}/runs`);
    await refuseLinksOut(`${folder}/elsewhere`, `${folder}/none`);
  }));

Deno.test("refuseLinksOut() explains a link in a circle", () =>
  withLinks({ loop: "loop" }, (folder) =>
    assertRejects(
      () => refuseLinksOut(`${folder}/runs/loop`, `${folder}/runs`),
      FlmError,
      "symbolic links lead in a circle",
    ).then(() => {})));
