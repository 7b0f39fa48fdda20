/**
 * The folders of judges in a run's.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { genPplFolder } from "../../tasks/gen_ppl/folder.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("genPplFolder() is the last part of the judge's name", () =>
  withFolder(async (run) => {
    assertEquals(await genPplFolder(run, "gpt2-large"), `${run}/gen-ppl/gpt2-large`);
    assertEquals(await genPplFolder(run, "/x y/my model/"), `${run}/gen-ppl/my-model`);
  }));

Deno.test("genPplFolder() keeps judges of the same last name apart", () =>
  withFolder(async (run) => {
    const own = async (judge: string, results: object) => {
      const folder = await genPplFolder(run, judge);
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/results.json`, JSON.stringify(results));
      return folder.slice(`${run}/gen-ppl/`.length);
    };
    // The layout of an older flm.
    assertEquals(await own("a/judge", { settings: { judge: "a/judge" } }), "judge");
    assertEquals(await own("b/judge", { judge: "b/judge" }), "b-judge");
    assertEquals(await own("c/b/judge", { judge: "c/b/judge" }), "c-b-judge");
    assertEquals(await own("judge", { judge: "judge" }), "judge-10e86c65");
    for (const [judge, name] of [["a/judge", "judge"], ["b/judge", "b-judge"]] as const) {
      assertEquals(await genPplFolder(run, judge), `${run}/gen-ppl/${name}`);
    }
    // What cannot be read belongs to nobody.
    await Deno.writeTextFile(`${run}/gen-ppl/judge/results.json`, "{");
    assertEquals(await genPplFolder(run, "z/judge"), `${run}/gen-ppl/judge`);
  }));
