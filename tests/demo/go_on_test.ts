import { assertEquals } from "@std/assert";
import { goOnLines } from "../../tasks/demo/go_on.ts";
import { tinyConfig } from "../testing/tiny_run.ts";

const runs = { run: "runs/tiny", student: "runs/tiny-distill" };
const train = { numSteps: 9, batchSize: 4, minutes: 2.2 };

Deno.test("goOnLines() names commands that write more and train longer, by the same backend", () => {
  const config = tinyConfig("none", 9, { train, distill: { train: { minutes: 1 } } });
  assertEquals(goOnLines(config, runs, "data/demo.yaml", "dawn").slice(2), [
    "  deno task sample tiny-distill --steps 1 --watch --backend dawn",
    "  deno task train --resume tiny --train.minutes 22 --backend dawn",
    "  deno task distill demo --teacher tiny --name tiny-longer --distill.train.minutes 10 " +
    "--backend dawn",
    "  deno task sample tiny-longer-distill --steps 1 --backend dawn",
    "The first writes more texts. The second trains the teacher for 22 minutes in all, the " +
    "third then distils it anew, for 10 minutes, into runs/tiny-longer-distill, and the last " +
    "writes with that.",
  ]);
});

Deno.test("goOnLines() makes trainings longer in steps if they do not end in time", () => {
  const config = tinyConfig("none", 9);
  assertEquals(goOnLines(config, runs, "runs/tiny/config.yaml", "dawn").slice(3), [
    "  deno task train --resume tiny --train.num-steps 90 --backend dawn",
    "  deno task distill runs/tiny/config.yaml --teacher tiny --name tiny-longer " +
    "--distill.train.num-steps 90 --backend dawn",
    "  deno task sample tiny-longer-distill --steps 1 --backend dawn",
    "The first writes more texts. The second trains the teacher for 90 steps in all, the " +
    "third then distils it anew, for 90 steps, into runs/tiny-longer-distill, and the last " +
    "writes with that.",
  ]);
});
