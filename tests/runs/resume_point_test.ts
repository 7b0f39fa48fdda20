import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { configOfRun, resumePoint } from "../../tasks/runs/resume_point.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("resumePoint() takes a run, a step of it, or a checkpoint's folder", () => {
  assertEquals(resumePoint({ resume: null }), null);
  assertEquals(resumePoint({ resume: "runs/a", step: null }), { run: "runs/a" });
  assertEquals(resumePoint({ resume: "runs/a", step: 15 }), { run: "runs/a", step: 15 });
  for (const resume of ["runs/a/checkpoints/0000015", "runs/a/checkpoints/0000015/"]) {
    assertEquals(resumePoint({ resume }), { run: "runs/a", step: 15 });
    assertEquals(resumePoint({ resume, step: 15 }), { run: "runs/a", step: 15 });
  }
  assertEquals(resumePoint({ resume: "checkpoints/15" }), { run: "checkpoints/15" });
});

Deno.test("resumePoint() throws when a step has no run, or another one", () => {
  assertThrows(() => resumePoint({ resume: null, step: 15 }), ConfigError, "Add --resume RUN");
  assertThrows(
    () => resumePoint({ resume: "runs/a/checkpoints/0000015", step: 20 }),
    ConfigError,
    "names step 15, but --step 20 another",
  );
});

Deno.test("resumePoint() throws when the run is not on this machine", () => {
  for (const resume of ["https://example.org/runs/a", "file:///runs/a/checkpoints/0000015"]) {
    assertThrows(
      () => resumePoint({ resume }),
      ConfigError,
      `--resume ${resume}: expected the path`,
    );
  }
});

Deno.test("configOfRun() names the run that a path lies in, or what it has lost", () =>
  withFolder(async (folder) => {
    const run = `${folder}/a`;
    await Deno.mkdir(`${run}/checkpoints/0000015`, { recursive: true });
    await assertRejects(() => configOfRun(run), ConfigError, "has lost its config.yaml. Give");
    await Deno.writeTextFile(`${run}/config.yaml`, "");
    await Deno.writeTextFile(`${run}/latest.json`, "");
    assertEquals(await configOfRun(run), `${run}/config.yaml`);
    for (const inner of ["latest.json", "checkpoints", "checkpoints/0000015/ema.safetensors"]) {
      await assertRejects(
        () => configOfRun(`${run}/${inner}`),
        ConfigError,
        `--resume ${run}/${inner}: there is no run, for want of a config.yaml. The run's folder ` +
          `is ${run}.`,
      );
    }
    await assertRejects(
      () => configOfRun(`${folder}/b`),
      ConfigError,
      `--resume ${folder}/b: there is no run, for want of a config.yaml. Give the folder of a run`,
    );
  }));
