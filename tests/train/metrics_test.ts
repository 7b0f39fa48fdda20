/**
 * The metrics file of a run.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError, FlmError } from "../../lib/errors.ts";
import { MetricsWriter, readMetrics } from "../../lib/train/metrics.ts";
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
    await Deno.remove(path);
    await Deno.mkdir(path);
    await assertRejects(() => readMetrics(path), DataError, `Cannot read ${path}: it is a folder`);
  }));
