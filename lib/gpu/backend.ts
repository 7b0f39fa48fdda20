/**
 * The ways to a WebGPU device: the one that the runtime has built in, and Dawn.
 *
 * Dawn is the WebGPU of Chrome, here as a library that Node and Deno load: npm's package `webgpu`.
 * It has what Deno's own way (wgpu) hides or lacks, and other rules for kernels. It is fetched and
 * loaded when it is asked for, and as native code it needs the permission `--allow-ffi`.
 *
 * @module
 */

import { ConfigError, GpuError, messageOf, sentenceOf } from "../errors.ts";
import { describeValue } from "../schema/field.ts";
import { environment } from "../system/environment.ts";
import { importPackage } from "../system/packages.ts";
import { pause } from "../system/pause.ts";

/** The names of the backends; the first is taken unless told. */
export const BACKENDS = ["builtin", "dawn"] as const;

/** `builtin`, the runtime's own WebGPU, or `dawn`, that of Chrome. */
export type BackendName = typeof BACKENDS[number];

/** A way to a device. */
export interface Backend {
  /** Its name. */
  readonly name: BackendName;
  /** Its name in sentences; null for the one that needs no mention. */
  readonly title: string | null;
  /** The machine's preferred adapter. @throws {GpuError} if there is none, saying what to do. */
  requestAdapter(): Promise<GPUAdapter>;
  /** Waits for what a device has promised. */
  wait<T>(promised: Promise<T>): Promise<T>;
}

/** The variable of the environment that chooses a backend where no program does. */
export const BACKEND_VARIABLE = "FLM_BACKEND";

/** The package that Dawn comes in. */
export const DAWN_PACKAGE = "npm:webgpu@0.6.2";

const TABLE: Readonly<Record<BackendName, Backend>> = {
  builtin: {
    name: "builtin",
    title: null,
    async requestAdapter() {
      const adapter = await globalThis.navigator?.gpu?.requestAdapter(PREFERENCE);
      if (!adapter) throw new GpuError(noAdapterMessage());
      return adapter;
    },
    wait: (promised) => promised,
  },
  dawn: {
    name: "dawn",
    title: "Dawn",
    async requestAdapter() {
      const adapter = await (await loadDawn()).requestAdapter(PREFERENCE);
      if (!adapter) throw new GpuError(NO_DAWN_ADAPTER);
      return adapter;
    },
    wait: waitInSlowTurns,
  },
};

const PREFERENCE: GPURequestAdapterOptions = { powerPreference: "high-performance" };

/**
 * The backend of a name; unless given, that of FLM_BACKEND in the environment, if the program may
 * read it, else `builtin`.
 *
 * @throws {ConfigError} if there is none of that name.
 */
export function backendOf(name?: BackendName | null): Backend {
  const [source, wanted] = name === undefined || name === null
    ? [BACKEND_VARIABLE, environment(BACKEND_VARIABLE) ?? BACKENDS[0]]
    : ["The backend", name];
  const found = BACKENDS.find((each) => each === wanted);
  if (found !== undefined) return TABLE[found];
  const names = BACKENDS.map((each) => `"${each}"`).join(" or ");
  throw new ConfigError(`${source}: expected ${names}, found ${describeValue(wanted)}.`);
}

/**
 * The arguments with which a task takes a backend wherever it is started: none for the first one,
 * unless FLM_BACKEND chooses another here.
 */
export function backendArguments(name: BackendName): string[] {
  const usual = environment(BACKEND_VARIABLE) ?? BACKENDS[0];
  return name === BACKENDS[0] && name === usual ? [] : ["--backend", name];
}

/** What the package `webgpu` exports, as far as it is used. */
interface Dawn {
  /** Makes the counterpart of `navigator.gpu`. */
  create(options: readonly string[]): GPU;
}

/** Dawn's counterpart of `navigator.gpu`, made once: its devices live no longer than it does. */
let dawn: GPU | undefined;

/** Loads Dawn. @throws {GpuError} if it may not be loaded, or is not to be had. */
async function loadDawn(): Promise<GPU> {
  if (globalThis.Deno?.permissions === undefined) {
    throw new GpuError("A page has the WebGPU of its browser alone: leave the backend out.");
  }
  // A package that may not be loaded would ask the person for it.
  const { state } = await Deno.permissions.query({ name: "ffi" });
  if (state !== "granted") throw new GpuError(NO_FFI);
  try {
    const { create } = await importPackage<Dawn>(DAWN_PACKAGE);
    return dawn ??= create(DAWN_OPTIONS);
  } catch (cause) {
    throw new GpuError(
      `Cannot load ${DAWN_PACKAGE}, in which the backend dawn comes: ${
        sentenceOf(messageOf(cause))
      } It is fetched from the npm registry on first use: check the network, or leave the ` +
        `backend out.`,
      { cause },
    );
  }
}

/** The longest rest between two turns of the event loop, in milliseconds. */
const LONGEST_REST = 2;

/**
 * Waits while the event loop turns slowly. Dawn asks the driver at every turn whether it is done,
 * as fast as the loop can turn, which keeps a core busy that a software driver would work on.
 */
async function waitInSlowTurns<T>(promised: Promise<T>): Promise<T> {
  let isPending = true;
  const ended = promised.finally(() => isPending = false);
  let rest = LONGEST_REST / 32;
  const turn = () => {
    if (!isPending) return;
    pause(rest);
    rest = Math.min(2 * rest, LONGEST_REST);
    setImmediate(turn);
  };
  setImmediate(turn);
  return await ended;
}

/** Matrix units are an experiment of Chrome's, which has to be allowed. */
const DAWN_OPTIONS: readonly string[] = ["enable-dawn-features=allow_unsafe_apis"];

const NO_FFI = `The backend dawn is native code, which this program may not load. The launcher ` +
  `allows it where it is asked for: ./flm TASK --backend dawn, or FLM_BACKEND=dawn ./flm TASK. A ` +
  `command of your own needs --allow-ffi after deno run, as in deno run -P=train --allow-ffi ` +
  `--no-lock tasks/train.ts demo --backend dawn.`;

const NO_DAWN_ADAPTER = "Dawn found no adapter that it takes. On Linux it needs a Vulkan driver " +
  "that is new enough: of Mesa's software driver, version 25 or later. Update the driver, or " +
  "leave the backend out.";

function noAdapterMessage(): string {
  const install: Record<string, string> = {
    linux: "Install a Vulkan driver: your graphics card's, or Mesa's software driver " +
      "(Debian, Ubuntu and Fedora: mesa-vulkan-drivers; Arch: vulkan-swrast). " +
      "The ./flm launcher does this where it may.",
    darwin: "macOS needs Metal, which every supported Mac has; a sandbox may be hiding it.",
    windows: "Windows needs Direct3D 12 or Vulkan; update the graphics driver.",
  };
  const system = globalThis.Deno?.build?.os ?? "";
  return "No WebGPU adapter was found (looked for Vulkan, Metal and Direct3D 12 adapters). " +
    (install[system] ??
      "Use a browser or runtime with WebGPU enabled. A browser whose graphics have crashed more than " +
        "once gives no adapter until it is restarted.");
}
