import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../lib/errors.ts";
import { resumePoint } from "../tasks/resuming.ts";

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
