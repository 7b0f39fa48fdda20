/**
 * Python with PyTorch, where it is installed.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

async function run(python: string, program: string) {
  const { code, stdout, stderr } = await new Deno.Command(python, { args: ["-c", program] })
    .output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** A Python that can import PyTorch: that of the system or of the path. */
async function findPython(): Promise<string | null> {
  for (const python of ["/usr/bin/python3", "python3"]) {
    try {
      if ((await run(python, "import torch")).code === 0) return python;
    } catch {
      // There is no such program.
    }
  }
  return null;
}

const PYTHON = await findPython();

/** Whether there is one; a test without it is ignored, and its name says so. */
export const HAS_TORCH = PYTHON !== null;

/** What is added to the name of a test that is ignored. */
export const TORCH_NOTE = HAS_TORCH ? "" : " (ignored: no Python with PyTorch is here)";

/** What a program prints. @throws if it fails. */
export async function runTorch(program: string): Promise<string> {
  const { code, stdout, stderr } = await run(PYTHON!, program);
  assertEquals(code, 0, stderr);
  return stdout;
}
