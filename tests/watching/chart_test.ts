import { assertEquals } from "@std/assert";
import { drawChart } from "../../tasks/watching/chart.ts";

Deno.test("drawChart() draws a line from corner to corner, with the least and the most", () => {
  assertEquals(drawChart([[0, 0], [7, 7]], 6, 2), ["7 ⠀⠀⡠⠊", "0 ⡠⠊⠀⠀"]);
  assertEquals(drawChart([[0, 7], [7, 0]], 6, 2), ["7 ⠑⢄⠀⠀", "0 ⠀⠀⠑⢄"]);
});

Deno.test("drawChart() leaves out what is no number, and draws nothing of nothing", () => {
  assertEquals(drawChart([], 20, 4), []);
  assertEquals(drawChart([[1, NaN], [2, Infinity]], 20, 4), []);
  assertEquals(drawChart([[0, 0], [3, NaN], [7, 7]], 6, 2), drawChart([[0, 0], [7, 7]], 6, 2));
  assertEquals(drawChart([[0, 0], [7, 7]], 3, 2), []);
});

Deno.test("drawChart() puts values that are all the same into the middle", () => {
  const lines = drawChart([[0, 2.5], [9, 2.5]], 8, 3);
  assertEquals(lines.map((line) => /[^⠀\s\d.]/.test(line)), [false, true, false]);
});

Deno.test("drawChart() never takes more room than there is", () => {
  const places = Array.from({ length: 1000 }, (_, i) => [i, Math.sin(i / 50) * 1e-7] as const);
  for (const [width, height] of [[80, 10], [21, 3], [33, 2]] as const) {
    const lines = drawChart(places, width, height);
    assertEquals(lines.length, height);
    assertEquals(lines.every((line) => line.length <= width), true);
  }
});
