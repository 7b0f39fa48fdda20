/**
 * How a transfer of a model is shown, and stopped.
 *
 * @module
 */

import type { TransferOptions } from "../../lib/checkpoint/models/transfer.ts";
import { Interrupt } from "../../lib/cli/interrupt.ts";
import { Progress } from "../../lib/cli/progress.ts";

/**
 * Transfers a model with a bar, and stops cleanly at Ctrl-C. What comes before needs neither: it
 * leaves nothing behind.
 *
 * @param label Text before the bar.
 * @throws {InterruptedError} after Ctrl-C.
 */
export async function withTransfer<T>(
  label: string,
  transfer: (options: TransferOptions) => Promise<T>,
): Promise<T> {
  using interrupt = new Interrupt();
  await interrupt.ready;
  using bar = new Progress({ label, unit: "byte" });
  const result = await transfer({ onProgress: bar.onProgress, signal: interrupt.signal });
  bar.finish();
  return result;
}
