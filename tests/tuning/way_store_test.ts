import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { tunedDevice, WayStore } from "../../lib/tuning/way_store.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";

const WAYS = { "5x7x9 nn f32 f32 f32": "plain", "64x64x64 tn f32 f32 f32": "tile32x32/4" };

gpuTest(
  "WayStore.read() gives what write() kept, for the same device",
  (gpu) =>
    withFolder(async (folder) => {
      const store = await WayStore.open(`${folder}/new/ways`, gpu);
      assertEquals(await store.read(), {});
      await store.write(WAYS);
      assertEquals(await (await WayStore.open(`${folder}/new/ways`, gpu)).read(), WAYS);
      await store.write({});
      assertEquals(await store.read(), {});
      using other = await Gpu.open({
        kind: gpu.kind === "cpu" ? "gpu" : "cpu",
        backend: gpu.backend,
      });
      const its = await WayStore.open(`${folder}/new/ways`, other);
      assertNotEquals(its.path, store.path);
      assertEquals(await its.read(), {});
    }),
);

gpuTest(
  "WayStore.read() throws when its file is damaged, or that of another device",
  (gpu) =>
    withFolder(async (folder) => {
      const store = await WayStore.open(folder, gpu);
      await store.write(WAYS);
      const source = await Deno.readTextFile(store.path);
      const damaged: readonly (readonly [string, RegExp])[] = [
        [source.slice(0, 100), /it is not JSON/],
        [source.replace('"flm-ways"', '"other"'), /format: expected "flm-ways"/],
        [source.replace('"plain"', "3"), /ways\["5x7x9 nn f32 f32 f32"\]: expected text, found 3/],
        [source.replace(`"${gpu.backend}"`, '"other"'), /its backend is "other", expected "/],
        [source.replace('"Deno ', '"Deno 1.'), /its runtime is "Deno 1\..*", expected "Deno /],
      ];
      for (const [text, message] of damaged) {
        assert(text !== source);
        await Deno.writeTextFile(store.path, text);
        const error = await assertRejects(() => store.read(), DataError, store.path);
        assertMatch(error.message, message);
      }
      await store.write(WAYS);
      assertEquals(await store.read(), WAYS);
    }),
);

gpuTest("tunedDevice() says what times depend on", async (gpu) => {
  const { adapter, backend, kind, runtime, kernels } = await tunedDevice(gpu);
  assertEquals([adapter, backend, kind], [gpu.adapterName, gpu.backend, gpu.kind]);
  assertEquals(runtime, `Deno ${Deno.version.deno}`);
  assertMatch(kernels, /^[0-9a-f]{64}$/);
});
