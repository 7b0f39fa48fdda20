/**
 * The machine, as far as flm depends on it.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { BACKEND_VARIABLE } from "../../lib/gpu/backend.ts";
import { environment } from "../../lib/system/environment.ts";
import { listDrivers } from "./drivers.ts";
import type { Machine, Room } from "./report.ts";

/** What decides on the device, and where things are kept. */
const VARIABLES = [
  BACKEND_VARIABLE,
  ...["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES", "VK_LOADER_DRIVERS_SELECT"],
  ...["DENO_WEBGPU_BACKEND", "LP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "DENO_DIR"],
];

/** Looks at the machine. */
export async function examineMachine(): Promise<Machine> {
  const { os, arch } = Deno.build;
  const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
  const set = VARIABLES.flatMap((name) => {
    const value = environment(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    flm: version,
    deno: Deno.version.deno,
    system: `${os} ${Deno.osRelease()} ${arch}`,
    cores: navigator.hardwareConcurrency,
    memory: memoryRoom(),
    disk: await diskRoom("."),
    drivers: os === "linux" ? await listDrivers() : null,
    variables: Object.fromEntries(set),
  };
}

function memoryRoom(): Room | null {
  const { available, total } = Deno.systemMemoryInfo();
  return total > 0 ? { free: available, total } : null;
}

async function diskRoom(folder: string): Promise<Room | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    // Some systems have no such thing.
    return null;
  }
}
