import { assertEquals } from "@std/assert";
import { headerLine, jsonLine, type Result, tableLine } from "../../bench/report.ts";
import type { Benchmark } from "../../bench/subject.ts";

const result: Result = {
  name: "matmul",
  shape: "1024x1024x1024",
  value: 13.0712,
  unit: "GFLOP/s",
  peer: "jax-js",
  peerValue: 3.2999,
  ratio: 3.961,
};
const alone: Result = { ...result, value: 5849.4, peer: null, peerValue: null, ratio: null };

Deno.test("jsonLine() gives three digits, and null where there is no peer", () => {
  assertEquals(
    jsonLine(result),
    '{"name":"matmul","shape":"1024x1024x1024","value":13.1,"unit":"GFLOP/s",' +
      '"peer":"jax-js","peerValue":3.3,"ratio":3.96}',
  );
  assertEquals(JSON.parse(jsonLine(alone)), { ...alone, value: 5850 });
});

Deno.test("tableLine() stands under headerLine()", () => {
  const benchmarks = [{ name: "matmul", shape: "1024x1024x1024" }] as Benchmark[];
  assertEquals(
    [headerLine(benchmarks), tableLine(result, benchmarks), tableLine(alone, benchmarks)],
    [
      "                               flm       peer      ratio  unit",
      "matmul  1024x1024x1024        13.1        3.3       3.96  GFLOP/s",
      "matmul  1024x1024x1024       5,849                        GFLOP/s",
    ],
  );
});
