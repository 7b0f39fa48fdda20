/**
 * What a student has from its teachers.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readManifest } from "../../lib/data/shards/read_manifest.ts";
import { noteOtherShards, studentConfiguration } from "../../tasks/runs/student_configuration.ts";
import { tinyConfig, withTinyRun } from "../testing/tiny_run.ts";

Deno.test("studentConfiguration() records the network that a student has", () => {
  const config = tinyConfig("/none", 1);
  const teacher = {
    ...config.model,
    ...{ vocabSize: 30, length: 12, doubleTemb: false, learnableLossWeighting: true, dropout: 0.5 },
  };
  const notes: string[] = [];
  const note = (line: string) => void notes.push(line);
  assertEquals(studentConfiguration(config, teacher, note), config);
  assertEquals(notes, []);

  const found = studentConfiguration(config, { ...teacher, numBlocks: 3, logitCap: 30 }, note);
  assertEquals(found, { ...config, model: { ...config.model, numBlocks: 3, logitCap: 30 } });
  assertEquals(notes, [
    "Note: a student has the network of its teacher: model.numBlocks is 3, not 1, " +
    "model.logitCap is 30, not null.\n",
  ]);
});

Deno.test("noteOtherShards() names networks that were trained on other shards", () =>
  withTinyRun(1, async ({ data: { dir } }) => {
    const { configHash } = await readManifest(dir);
    const networks = [["a", configHash], ["b", "0".repeat(64)], ["c", ""]]
      .map(([location, dataHash]) => ({ location: location!, dataHash: dataHash! }));
    const notes: string[] = [];
    await noteOtherShards(networks, dir, (line) => void notes.push(line));
    assertEquals(notes, [
      `Note: b was trained on other shards than those in ${dir}: it may have learned what is ` +
      "validation text here.\n",
    ]);
  }));
