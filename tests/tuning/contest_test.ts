import { assertEquals, assertRejects } from "@std/assert";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import type { MatmulArgs, MatmulWay } from "../../lib/ops/matmul.ts";
import { fastestWay } from "../../lib/tuning/contest.ts";
import { gpuTest } from "../testing/gpu.ts";

const WAYS: readonly MatmulWay[] = [
  { variant: "register8x32" },
  { variant: "register16x32" },
  { variant: "plain" },
];

/** Seconds of the n-th time that a way is measured, by the kernel that it runs. */
type Times = Readonly<Record<string, (n: number) => number>>;

/** Holds a contest on times that were made up, and gives the order of the turns, too. */
async function contest(gpu: Gpu, times: Times, ways = WAYS, signal?: AbortSignal) {
  const [M, N, K] = [17, 33, 5];
  using a = gpu.zeros([M, K]);
  using b = gpu.zeros([K, N]);
  using c = gpu.empty([M, N]);
  const args: MatmulArgs = {
    ...{ M, N, K },
    a: { view: a, stride: K },
    b: { view: b, stride: N },
    c: { view: c, stride: N },
  };
  const order: string[] = [];
  const counts = new Map<string, number>();
  const repeats: number[] = [];
  const way = await fastestWay(gpu, args, ways, {
    async measure(gpu, record) {
      gpu.startProfile();
      record();
      const rows = await gpu.endProfile();
      const kernel = rows.map(({ kernel }) => kernel).find((name) => name.startsWith("matmul"))!;
      const name = /TM=16/.test(kernel) ? "16" : /TM=8/.test(kernel) ? "8" : "plain";
      const calls = rows.find((row) => row.kernel === kernel)!.calls;
      const n = counts.get(name) ?? 0;
      counts.set(name, n + 1);
      order.push(name);
      repeats.push(calls);
      return calls * times[name]!(n);
    },
    signal,
  });
  return { variant: way.variant, order, repeats };
}

gpuTest("fastestWay() takes turns, and takes the fastest", async (gpu) => {
  const { variant, order, repeats } = await contest(gpu, {
    8: () => 2e-3,
    16: () => 1e-3,
    plain: () => 1.9e-3,
  });
  assertEquals(variant, "register16x32");
  // Each runs twice before, the second time to see how long it takes.
  assertEquals(order.slice(0, 6), ["8", "8", "16", "16", "plain", "plain"]);
  assertEquals(order.slice(6, 12), ["8", "16", "plain", "16", "plain", "8"]);
  // 20 ms at a time, in seven turns.
  assertEquals([order.length, repeats[5], repeats[6]], [6 + 7 * 3, 1, 20]);
});

gpuTest("fastestWay() keeps to the usual way unless another is clearly faster", async (gpu) => {
  const won = async (times: Times) => (await contest(gpu, times)).variant;
  const slow = () => 1;
  assertEquals(await won({ 8: () => 1e-3, 16: () => 0.98e-3, plain: slow }), "register8x32");
  assertEquals(await won({ 8: () => 1e-3, 16: () => 0.95e-3, plain: slow }), "register16x32");
  // Turns 2 to 8 count. One turn may be disturbed, more may not.
  const disturbed = (turns: number[]) => (n: number) => turns.includes(n) ? 5e-3 : 0.9e-3;
  assertEquals(await won({ 8: () => 1e-3, 16: disturbed([4]), plain: slow }), "register16x32");
  assertEquals(await won({ 8: () => 1e-3, 16: disturbed([4, 7]), plain: slow }), "register8x32");
});

gpuTest("fastestWay() gives up what takes twice as long, but not the usual way", async (gpu) => {
  const { order, variant } = await contest(gpu, {
    8: () => 30,
    16: () => 1,
    plain: () => 2.1,
  });
  assertEquals(variant, "register16x32");
  // What takes long has three turns.
  assertEquals(order.slice(6), ["8", "16", "16", "8", "8", "16"]);
});

gpuTest(
  "fastestWay() measures nothing where there is no choice, and stops when asked",
  async (gpu) => {
    const { order, variant } = await contest(gpu, {}, [{ variant: "plain" }]);
    assertEquals([order, variant], [[], "plain"]);
    const stop = new AbortController();
    const times = (n: number) => {
      if (n === 3) stop.abort(new Error("enough"));
      return 1e-3;
    };
    const all = { 8: times, 16: times, plain: times };
    await assertRejects(() => contest(gpu, all, WAYS, stop.signal), Error, "enough");
  },
);
