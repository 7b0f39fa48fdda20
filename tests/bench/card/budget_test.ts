import { assertAlmostEquals, assertEquals } from "@std/assert";
import { budgetOf, jobsOf } from "../../../bench/card/budget.ts";
import { SECTION_NAMES, SECTIONS } from "../../../bench/card/sections.ts";

Deno.test("jobsOf() goes section by section, each by all backends", () => {
  const jobs = jobsOf();
  assertEquals(jobs.length, 2 * SECTION_NAMES.length);
  assertEquals(jobs.slice(0, 3), [
    { section: "answers", backend: "builtin" },
    { section: "answers", backend: "dawn" },
    { section: "peaks", backend: "builtin" },
  ]);
  assertEquals(jobsOf(["tests"], ["dawn"]), [{ section: "tests", backend: "dawn" }]);
});

Deno.test("budgetOf() shares the time out by weights, and passes on what is not used", () => {
  const jobs = jobsOf(["answers", "products"], ["builtin"]);
  const [first, second] = [SECTIONS.answers.weight, SECTIONS.products.weight];
  const { seconds, atMost } = budgetOf(jobs, 100);
  assertAlmostEquals(seconds, 100 * first / (first + second), 1e-9);
  assertAlmostEquals(atMost, seconds + 10, 1e-9);
  assertEquals(budgetOf(jobs.slice(1), 97), { seconds: 97, atMost: 97 });
});

Deno.test("budgetOf() gives nothing where nothing is left", () => {
  assertEquals(budgetOf(jobsOf(["tests"]), -3), { seconds: 0, atMost: 0 });
});
