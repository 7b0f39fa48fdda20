/**
 * A part of the suite through Dawn, in a process of its own, on SwiftShader: the software driver
 * that comes with Debian's Chromium is one that Dawn takes wherever it runs. All of the suite goes
 * by Dawn with FLM_BACKEND=dawn, on an adapter that Dawn takes.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { BACKEND_VARIABLE } from "../lib/gpu/backend.ts";
import { exists } from "../lib/system/exists.ts";
import { IS_NIGHTLY } from "./testing/nightly.ts";
import { deno } from "./testing/program.ts";

/** The description of SwiftShader in Debian's package chromium. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * What meets every way of reading and writing, and the kernels with the most to go wrong; every
 * night also trainings that lose their device.
 */
const FILES = [
  ...["gpu/backend_test.ts", "gpu/define_kernel_test.ts", "gpu/gpu_test.ts", "gpu/image_test.ts"],
  ...["random", "doctor/answers_test.ts"],
  ...["ops/attention_test.ts", "ops/cross_entropy_test.ts", "ops/elementwise_test.ts"],
  ...["ops/embedding_test.ts", "ops/gated_residual_test.ts", "ops/head_test.ts"],
  ...["ops/linear_test.ts", "ops/loss_weighting_test.ts", "ops/rotary_test.ts"],
  ...["ops/row_terms_test.ts", "ops/softmax_test.ts", "ops/sum_rows_test.ts"],
  ...["model/causal_lm_test.ts", "model/dit_test.ts", "train/adamw_test.ts"],
  ...(IS_NIGHTLY ? ["faults/device_lost_test.ts"] : []),
].map((path) => `tests/${path}`);

Deno.test({
  name: `kernels and networks pass their tests through Dawn (with ${SWIFTSHADER})`,
  ignore: !await exists(SWIFTSHADER),
  async fn() {
    const env = { [BACKEND_VARIABLE]: "dawn", VK_DRIVER_FILES: SWIFTSHADER };
    const args = ["test", "--quiet", "--allow-all", "--no-check", "--no-lock", ...FILES];
    const { code, stdout, stderr } = await deno(args, { env });
    assertEquals(code, 0, `${stdout}\n${stderr}`);
    assertMatch(stdout, /^ok \| [1-9]\d* passed \| 0 failed/m);
  },
});
