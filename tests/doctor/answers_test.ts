import { assertEquals } from "@std/assert";
import { askAll } from "../../tasks/doctor/answers.ts";
import { isRight } from "../../tasks/doctor/report.ts";
import { gpuTest } from "../testing/gpu.ts";

gpuTest("askAll() gets right answers, with errors far below what is allowed", async (gpu) => {
  const answers = await askAll(gpu);
  assertEquals(answers.map(({ name }) => name), [
    ...["matrix product", "softmax", "layer norm", "Philox"],
  ]);
  for (const answer of answers) {
    assertEquals(answer.error <= answer.bound / 2, true, `${answer.name}: ${answer.error}`);
  }
});

gpuTest("askAll() sees a device that computes wrong numbers", async (gpu) => {
  const { queue } = gpu.device;
  const submit = queue.submit.bind(queue);
  // Nothing runs: buffers keep the zeros, or what was left in them.
  Object.defineProperty(queue, "submit", { configurable: true, value: () => {} });
  let answers: Awaited<ReturnType<typeof askAll>>;
  try {
    answers = await askAll(gpu);
  } finally {
    Object.defineProperty(queue, "submit", { configurable: true, value: submit });
  }
  assertEquals(answers.map(isRight), [false, false, false, false]);
});

Deno.test("isRight() takes no NaN for an answer", () => {
  assertEquals(isRight({ name: "x", error: NaN, bound: 1 }), false);
  assertEquals(isRight({ name: "x", error: 0, bound: 0 }), true);
});
