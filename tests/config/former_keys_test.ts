import { assertEquals } from "@std/assert";
import { parseConfig } from "../../lib/config/config.ts";
import { currentKind, firstKey, firstKind, modernise } from "../../lib/config/former_keys.ts";

const OLD = {
  name: "old",
  data: { source: { kind: "file", path: "a.txt" }, length: 12, dir: "shards/old" },
  model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
  train: { numSteps: 10, batchSize: 4 },
  distill: { method: "semigroup", boundaryProb: 17 },
  secondStage: { boundaryProb: 99 },
  evaluation: {
    numSteps: [1],
    bounds: [
      { model: "flow_map", numSteps: 1, validity: 0.5, letters: 20 },
      { model: "flow_map", numSteps: 1, validity: 0.75 },
    ],
  },
};

Deno.test("modernise() gives keys and kinds their names of today, and says so", () => {
  const { document, notes } = modernise(OLD);
  const { distill, secondStage, evaluation } = parseConfig(document);
  assertEquals([distill.boundaryOneIn, secondStage.boundaryOneIn], [17, 99]);
  assertEquals(evaluation.bounds.map(({ model, metric, min }) => [model, metric, min]), [
    ["semigroup", "validity", 0.5],
    ["semigroup", "letters", 20],
    ["semigroup", "validity", 0.75],
  ]);
  assertEquals(notes, [
    "distill.boundaryProb is distill.boundaryOneIn by now",
    "secondStage.boundaryProb is secondStage.boundaryOneIn by now",
    "evaluation.bounds: model flow_map is semigroup by now",
    "evaluation.bounds: validity: NUMBER is metric: validity, min: NUMBER by now",
    "evaluation.bounds: letters: NUMBER is metric: letters, min: NUMBER by now",
  ]);
  assertEquals(modernise(document), { document, notes: [] });
  assertEquals(OLD.distill.boundaryProb, 17);
});

Deno.test("parseConfig() takes a configuration in former words and passes the notes on", () => {
  const notes: string[] = [];
  const config = parseConfig(OLD, { file: "old.yaml", note: (line) => notes.push(line) });
  assertEquals(config, parseConfig(modernise(OLD).document));
  assertEquals(notes[0], "old.yaml: distill.boundaryProb is distill.boundaryOneIn by now");
});

Deno.test("firstKind() and firstKey() are what hashes were made of before", () => {
  assertEquals([currentKind("flow_map"), currentKind("psd")], ["semigroup", "psd"]);
  assertEquals([firstKind("semigroup"), firstKind("flm")], ["flow_map", "flm"]);
  assertEquals(firstKey("distill.boundaryOneIn"), "distill.boundaryProb");
  assertEquals(firstKey("secondStage.boundaryOneIn"), "secondStage.boundaryProb");
  assertEquals(firstKey("distill.optim.lr"), "distill.optim.lr");
});
