/**
 * The metrics file of a run.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError, FlmError } from "../../lib/errors.ts";
import {
  MetricsReader,
  type MetricsRecord,
  MetricsWriter,
  readMetrics,
} from "../../lib/train/metrics.ts";
import { withFolder } from "../testing/folder.ts";

const withMetrics = (body: (path: string) => Promise<void>) =>
  withFolder((folder) => body(`${folder}/metrics.jsonl`));

Deno.test("MetricsWriter writes one JSON object a line, at once", () =>
  withMetrics(async (path) => {
    using metrics = await MetricsWriter.open(path, null);
    metrics.write({ step: 1, loss: 2.5, phase: "train" });
    metrics.write({ step: 2, loss: 2.25 });
    assertEquals(
      await Deno.readTextFile(path),
      '{"step":1,"loss":2.5,"phase":"train"}\n{"step":2,"loss":2.25}\n',
    );
  }));

Deno.test("readMetrics() reads back numbers that JSON does not know", () =>
  withMetrics(async (path) => {
    const records = [
      { step: 1, loss: NaN, gradNorm: Infinity },
      { step: 2, loss: -Infinity, note: "a\nb", best: true, none: null },
    ];
    {
      using metrics = await MetricsWriter.open(path, null);
      for (const record of records) metrics.write(record);
    }
    assertEquals(await readMetrics(path), records);
  }));

Deno.test("MetricsWriter.open() removes what lies beyond the resumed step", () =>
  withMetrics(async (path) => {
    const run = async (from: number | null, first: number, last: number) => {
      using metrics = await MetricsWriter.open(path, from);
      for (let step = first; step <= last; step++) metrics.write({ step, loss: 1 / step });
      return await Deno.readTextFile(path);
    };
    const whole = await run(null, 1, 20);
    await run(null, 1, 14);
    assertEquals(await run(10, 11, 20), whole);
    assertEquals(await run(0, 1, 20), whole);
  }));

Deno.test("MetricsWriter.open() removes a torn last line when resumed", () =>
  withMetrics(async (path) => {
    await Deno.writeTextFile(path, '{"step":1}\n{"step":2}\n{"step":2,"los');
    assertEquals(await readMetrics(path), [{ step: 1 }, { step: 2 }]);
    using metrics = await MetricsWriter.open(path, 5);
    metrics.write({ step: 3 });
    assertEquals(await readMetrics(path), [{ step: 1 }, { step: 2 }, { step: 3 }]);
  }));

Deno.test("MetricsWriter.open() begins anew when nothing is resumed or no file is there", () =>
  withMetrics(async (path) => {
    (await MetricsWriter.open(path, 7))[Symbol.dispose]();
    assertEquals(await Deno.readTextFile(path), "");
    await Deno.writeTextFile(path, "not JSON\n");
    (await MetricsWriter.open(path, null))[Symbol.dispose]();
    assertEquals(await Deno.readTextFile(path), "");
  }));

Deno.test("readMetrics() names the line when one is damaged", () =>
  withMetrics(async (path) => {
    for (const damaged of ["{oops", "[1]", "null", '{"loss":1}', '{"step":"one"}', ""]) {
      const text = `{"step":1}\n${damaged}\n{"step":3}\n`;
      await Deno.writeTextFile(path, text);
      await assertRejects(() => readMetrics(path), DataError, `${path}, line 2: expected a JSON`);
      await assertRejects(() => MetricsWriter.open(path, 3), DataError, "line 2");
      assertEquals(await Deno.readTextFile(path), text);
    }
  }));

Deno.test("readMetrics() throws when there is no file", () =>
  withMetrics(async (path) => {
    await assertRejects(() => readMetrics(path), DataError, `there is no file ${path}`);
  }));

Deno.test("MetricsWriter.open() throws when the folder is missing", () =>
  withMetrics(async (path) => {
    await assertRejects(() => MetricsWriter.open(`${path}/x/m.jsonl`, null), FlmError, "Cannot");
  }));

Deno.test("readMetrics() names the line whose values are not plain, or which is no record", () =>
  withMetrics(async (path) => {
    for (const line of ["[]", "3", "null", "{", '{"step":"1"}', '{"step":1,"loss":{"mean":1}}']) {
      await Deno.writeTextFile(path, `{"step":1}\n${line}\n`);
      await assertRejects(
        () => readMetrics(path),
        DataError,
        `${path}, line 2: expected a JSON object of plain values with a number "step"`,
      );
    }
    await Deno.writeFile(path, Uint8Array.of(0x7b, 0xff, 0x7d, 0x0a));
    await assertRejects(() => readMetrics(path), DataError, `${path}, line 1: it is not UTF-8`);
    await Deno.writeTextFile(path, "version https://git-lfs.github.com/spec/v1\n");
    await assertRejects(() => readMetrics(path), DataError, `${path}: it is a Git LFS pointer`);
    await Deno.remove(path);
    await Deno.mkdir(path);
    await assertRejects(() => readMetrics(path), DataError, `Cannot read ${path}: it is a folder`);
  }));

Deno.test("metrics are read and gone on with however large they are", () =>
  withMetrics(async (path) => {
    const samples = { kind: "samples", text0: "word ".repeat(2 ** 20) };
    const last = 53;
    {
      using metrics = await MetricsWriter.open(path, null);
      for (let step = 1; step <= last; step++) metrics.write({ step, ...samples });
    }
    const { size } = await Deno.stat(path);
    assertEquals(size > 2 ** 28, true);
    const steps: number[] = [];
    const records = await readMetrics(path, ({ step }) => steps.push(step) === 7);
    assertEquals(records, [{ step: 7, ...samples }]);
    const all = Array.from({ length: last }, (_, i) => i + 1);
    assertEquals(steps, all);
    const kept: number[] = [];
    const isKept = ({ step }: MetricsRecord) => kept.push(step) > 0;
    (await MetricsWriter.open(path, last - 1, isKept))[Symbol.dispose]();
    assertEquals(kept, all.slice(0, -1));
    const line = JSON.stringify({ step: last, ...samples }).length + 1;
    assertEquals((await Deno.stat(path)).size, size - line);
  }));

/** What a {@linkcode MetricsReader} has handed on since it was asked last, and in all. */
function sink() {
  const [all, added]: [MetricsRecord[], MetricsRecord[]] = [[], []];
  return {
    all,
    add: (record: MetricsRecord) => void (all.push(record), added.push(record)),
    clear: () => void (all.length = 0),
    take: () => added.splice(0).map(({ step }) => step),
  };
}

Deno.test("MetricsReader reads on from where it was, torn lines when they are whole", () =>
  withMetrics(async (path) => {
    const [reader, seen] = [new MetricsReader(path), sink()];
    assertEquals(await reader.read(seen), false);
    using metrics = await MetricsWriter.open(path, null);
    assertEquals(await reader.read(seen), true);
    assertEquals(seen.take(), []);
    for (const step of [1, 2]) metrics.write({ step, text: "é\u2028" });
    await reader.read(seen);
    assertEquals(seen.take(), [1, 2]);
    await reader.read(seen);
    assertEquals(seen.take(), []);
    metrics.write({ step: 3 });
    await Deno.writeTextFile(path, '{"step":4,"lo', { append: true });
    await reader.read(seen);
    assertEquals(seen.take(), [3]);
    await Deno.writeTextFile(path, 'ss":2}\n', { append: true });
    await reader.read(seen);
    assertEquals(seen.take(), [4]);
    assertEquals(seen.all, await readMetrics(path));
    await Deno.writeTextFile(path, "[]\n", { append: true });
    await assertRejects(() => reader.read(seen), DataError, `${path}, line 5: expected a JSON`);
  }));

Deno.test("MetricsReader begins anew where a run went back, began again or is gone", () =>
  withMetrics(async (path) => {
    const [reader, seen] = [new MetricsReader(path), sink()];
    /** Goes on from a step, with losses by which lines can be told apart, to another one. */
    const train = async (from: number | null, to: number, loss: number) => {
      using metrics = await MetricsWriter.open(path, from);
      for (let step = (from ?? 0) + 1; step <= to; step++) metrics.write({ step, loss });
    };
    await train(null, 4, 0.5);
    await reader.read(seen);
    assertEquals(seen.take(), [1, 2, 3, 4]);
    // As long as it was, longer, and shorter.
    for (const [from, to] of [[2, 4], [2, 6], [1, 3], [null, 9]] as const) {
      await train(from, to, Math.random());
      await reader.read(seen);
      assertEquals(seen.take(), Array.from({ length: to }, (_, i) => i + 1));
      assertEquals(seen.all, await readMetrics(path));
    }
    // The last line is as it was, where it was, and the one before it is not.
    for (const seconds of [0.5, 0.7]) {
      using metrics = await MetricsWriter.open(path, 8);
      metrics.write({ step: 9, seconds });
      metrics.write({ step: 9, kind: "validation", loss: 1 });
      await reader.read(seen);
      assertEquals(seen.all.at(-2), { step: 9, seconds });
      assertEquals(seen.all, await readMetrics(path));
    }
    await Deno.remove(path);
    assertEquals([await reader.read(seen), seen.all], [false, []]);
  }));
