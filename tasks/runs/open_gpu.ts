/**
 * The adapter that a run is trained on.
 *
 * @module
 */

import { writeStderr } from "../../lib/cli/stderr.ts";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { checkVariants } from "../../lib/ops/known_answers.ts";
import { explainSystemError } from "../../lib/system/system_error.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import { ONE_RANK, type Ranks } from "../../lib/train/ranks.ts";
import type { TrainingFlags } from "./read_run.ts";

/**
 * Opens the adapter for a training, writing its kernels if that is asked for. On graphics cards,
 * and through Dawn, every way to compute a product or attention is compared with the plain one
 * first.
 */
export async function openGpu(
  { backend, dumpWgsl }: TrainingFlags,
  run: string,
  { rank }: Pick<Ranks, "rank"> = ONE_RANK,
): Promise<Gpu> {
  const gpu = await Gpu.open({
    backend,
    ...(dumpWgsl && rank === 0 && { dumpWgsl: wgslDump(`${run}/wgsl`) }),
  });
  // The tests of flm ask a processor through the usual backend.
  if (gpu.kind === "cpu" && gpu.backend === "builtin") return gpu;
  for (const { variant, isRight } of await checkVariants(gpu)) {
    if (isRight) continue;
    writeStderr(
      `What the kernel "${variant}" computes is wrong on ${gpu.description}: it is not used. ` +
        `Please report what ${taskCommand("doctor")} says.\n`,
    );
  }
  return gpu;
}

/** Writes each kernel that is compiled into a folder. */
function wgslDump(folder: string): (label: string, code: string) => void {
  return (label, code) => {
    const path = `${folder}/${label.replaceAll(" ", "_")}.wgsl`;
    try {
      Deno.mkdirSync(folder, { recursive: true });
      Deno.writeTextFileSync(path, code);
    } catch (error) {
      throw explainSystemError("write", path, error);
    }
  };
}
