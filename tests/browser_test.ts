/**
 * Every kernel of a training step must also compile in a browser: Chrome's WGSL compiler is
 * stricter than Deno's (reserved words, barriers in divergent control flow). Needs a `chromium`
 * on PATH; skipped where there is none.
 */

import { assert, assertEquals } from "@std/assert";
import { type AdapterKind, Gpu } from "../lib/gpu/gpu.ts";
import { tinyTrainer } from "./testing/tiny_model.ts";

/** The kernels of a step, expanded, for one kind of adapter. */
async function stepKernels(kind: AdapterKind): Promise<Map<string, string>> {
  const kernels = new Map<string, string>();
  using gpu = await Gpu.open({ kind, dumpWgsl: (label, code) => kernels.set(label, code) });
  for (const hiddenSize of [48, 128]) {
    using training = tinyTrainer(gpu, new Uint32Array(20 * 9).fill(3), {
      batchSize: 4,
      config: { hiddenSize, dropout: 0.1, learnableLossWeighting: true, logitCap: 30 },
    });
    training.trainer.recordStep();
    await training.trainer.drain();
  }
  return kernels;
}

/** Runs in the page: compiles all kernels and reports what the browser says. */
const SCRIPT = `
  const report = (body) => fetch("/report", { method: "POST", body: JSON.stringify(body) });
  try {
    const kernels = await (await fetch("/kernels")).json();
    const adapter = await navigator.gpu?.requestAdapter();
    if (!adapter) throw new Error("no WebGPU adapter");
    const device = await adapter.requestDevice();
    const problems = [];
    for (const [label, code] of kernels) {
      device.pushErrorScope("validation");
      const module = device.createShaderModule({ code });
      for (const { type, lineNum, message } of (await module.getCompilationInfo()).messages) {
        problems.push(label + ":" + lineNum + " " + type + ": " + message);
      }
      device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
      const error = await device.popErrorScope();
      if (error) problems.push(label + ": " + error.message);
    }
    await report({ compiled: kernels.length, problems });
  } catch (error) {
    await report({ compiled: 0, problems: [String(error)] });
  }
`;

async function hasChromium(): Promise<boolean> {
  try {
    return (await new Deno.Command("chromium", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "every kernel of a training step compiles in Chromium",
  ignore: !await hasChromium(),
  async fn() {
    const kernels = [
      ...await stepKernels("cpu"),
      ...await stepKernels("gpu"),
    ];
    const reported = Promise.withResolvers<{ compiled: number; problems: string[] }>();
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/kernels") return Response.json(kernels);
        if (pathname === "/report") reported.resolve(await request.json());
        return new Response(`<script type="module">${SCRIPT}</script>`, {
          headers: { "content-type": "text/html" },
        });
      },
    );
    const profile = await Deno.makeTempDir();
    const browser = new Deno.Command("chromium", {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--enable-unsafe-webgpu",
        "--enable-features=Vulkan",
        "--use-webgpu-adapter=swiftshader",
        `--user-data-dir=${profile}`,
        `http://127.0.0.1:${server.addr.port}/`,
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const timer = setTimeout(() => reported.reject(new Error("Chromium did not report")), 90_000);
    try {
      const { compiled, problems } = await reported.promise;
      assertEquals(problems, []);
      assert(compiled === kernels.length && compiled > 40, `${compiled} kernels`);
    } finally {
      clearTimeout(timer);
      browser.kill();
      await browser.status;
      await Deno.remove(profile, { recursive: true }).catch(() => {});
    }
  },
});
