import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawPlot, type Plot, thinned } from "../../tasks/figures/plots.ts";

Deno.test("drawPlot() takes equal space for equal ratios on a logarithmic axis", async () => {
  const points = [1, 10, 100].map((y, x) => ({ x, y, line: "a" }));
  const plot = { title: "Three", x: "x", y: "y", points, logarithmic: true };
  const [, path] = /"line mark" d="([^"]+)"/.exec(await drawPlot(plot))!;
  assertEquals(path, "M0,220L190,110L380,0");
});

/** The numbers at the vertical axis of a plot, and the height in pixels of its first line. */
async function axisOf(ys: readonly number[], options: Partial<Plot>) {
  const points = ys.map((y, i) => ({ x: 2 ** i, y, line: "a" }));
  const svg = await drawPlot({ title: "t", x: "x", y: "y", points, doubling: true, ...options });
  const axis = svg.slice(svg.indexOf("role-axis-label", svg.indexOf("Y-axis")));
  const labels = axis.slice(0, axis.indexOf("role-axis-title")).matchAll(/>([^<>]+)<\/text>/g);
  const [, path] = /"line mark" d="M([^"]+)"/.exec(svg)!;
  const heights = path!.split("L").map((point) => Number(point.split(",")[1]));
  return {
    labels: [...labels].map(([, label]) => Number.parseFloat(label!)),
    height: Math.max(...heights) - Math.min(...heights),
  };
}

Deno.test("drawPlot() has vertical axes that fit their values", async () => {
  const cases: [number[], Partial<Plot>, [number, number]][] = [
    // Not a whole decade, and not from 0 on.
    [[16.9, 15.2], { logarithmic: true }, [15, 17]],
    [[2.61, 2.67], {}, [2.61, 2.67]],
    [[0.97, 0.99], { most: 1 }, [0.97, 0.99]],
    [[0.1, 1], { most: 1, format: "%" }, [0, 100]],
    [[1, 26], { most: 26 }, [0, 25]],
    [[0, 4], {}, [0, 4]],
  ];
  for (const [ys, options, [least, most]] of cases) {
    const { labels, height } = await axisOf(ys, options);
    assertEquals([Math.min(...labels), Math.max(...labels)], [least, most], `${ys}`);
    assert(height > 110, `${ys}: ${height} of 220 pixels`);
  }
  // A lone value has an axis, too.
  for (const value of [0, 1, 16]) {
    const { labels } = await axisOf([value, value], { most: Math.max(1, value) });
    assert(Math.min(...labels) >= 0 && labels.length > 1, `${value}: ${labels}`);
  }
});

Deno.test("thinned() takes means of neighbours when there are many points", () => {
  const points = Array.from({ length: 1001 }, (_, i) => ({ x: i, y: 2 * i, line: "a" }));
  const few = thinned(points);
  assertEquals(few.length, Math.ceil(1001 / 3));
  assertEquals(few[0], { x: 1, y: 2, line: "a" });
  assertEquals(few.at(-1), { x: 999.5, y: 1999, line: "a" });
  assertEquals(thinned(points.slice(0, 400)), points.slice(0, 400));
  assertEquals(thinned([]), []);
});

Deno.test("drawPlot() draws every line, and its axes' names", async () => {
  const points = [1, 2].flatMap((x) => [{ x, y: x, line: "up" }, { x, y: 3 - x, line: "down" }]);
  const svg = await drawPlot({ title: "Two", x: "steps", y: "height", points });
  for (const text of ["steps", "height", "up", "down"]) {
    assertStringIncludes(svg, `>${text}</text>`);
  }
  const lines = [...svg.matchAll(/<path [^>]*"line mark" d="([^"]+)"/g)].map(([, path]) => path);
  assertEquals(lines, ["M190,220L380,0", "M190,0L380,220"]);
});

Deno.test("drawPlot() draws a point that no line leads to", async () => {
  const line = [{ x: 0, y: 1, line: "line" }, { x: 4, y: 3, line: "line" }];
  const drawn = async (points: Plot["points"]) => {
    const svg = await drawPlot({ title: "Few", x: "steps", y: "height", points });
    return [...svg.matchAll(/"circle" transform="translate\(([^)]*)\)"/g)].map(([, at]) => at);
  };
  assertEquals(await drawn(line), []);
  assertEquals(await drawn([...line, { x: 2, y: 2, line: "alone" }]), ["190,110"]);
});
