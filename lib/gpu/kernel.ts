/**
 * Kernels: expanded WGSL, its interface read from the text, and its pipeline.
 *
 * The text is the one source of truth: every `var<storage, …>` and every image of group 0 is a
 * binding known by its name, and the members of `struct Params` (group 1,
 * binding 0; scalars `u32`, `i32` or `f32` only) are the parameters.
 *
 * @module
 */

import { GpuError } from "../errors.ts";
import { expandTemplate, type TemplateConstants } from "./template.ts";

/** One storage buffer or image that a kernel takes. */
export interface KernelBinding {
  /** The variable's name. */
  name: string;
  /** The number after `@binding`. */
  index: number;
  /** Whether the kernel may write to it. */
  writable: boolean;
  /** Whether it is an image (`texture_storage_2d<rgba32float, …>`), not a buffer. */
  image: boolean;
}

/** One scalar of a kernel's `struct Params`. */
export interface KernelParam {
  /** The member's name. */
  name: string;
  /** Its type in WGSL. */
  type: "u32" | "i32" | "f32";
}

/** A compiled kernel. */
export interface Kernel {
  /** The file's name without `.wgsl`, with its constants: shown in profiles and errors. */
  readonly label: string;
  /** The expanded WGSL. */
  readonly code: string;
  /** The storage buffers and images it takes. */
  readonly bindings: readonly KernelBinding[];
  /** The members of its `struct Params`. */
  readonly params: readonly KernelParam[];
  /** The compiled pipeline. */
  readonly pipeline: GPUComputePipeline;
  /** The layout of bind group 0. */
  readonly layout: GPUBindGroupLayout;
}

/** Reads the bindings and parameters of a WGSL text. */
export function parseInterface(
  code: string,
): { bindings: KernelBinding[]; params: KernelParam[] } {
  const bindings = [
    ...code.matchAll(
      /@group\(0\)\s*@binding\((\d+)\)\s*var(?:<storage,\s*(\w+)>)?\s*(\w+)\s*:\s*(.*);/g,
    ),
  ].map(([, index, access, name, type]) => ({
    name: name!,
    index: Number(index),
    writable: access === "read_write" || /write>/.test(type!),
    image: access === undefined,
  }));
  const body = /struct Params\s*\{([^}]*)\}/.exec(code)?.[1] ?? "";
  const params = [...body.matchAll(/^\s*(\w+)\s*:\s*(u32|i32|f32)\s*,/gm)].map(
    ([, name, type]) => ({ name: name!, type: type as KernelParam["type"] }),
  );
  return { bindings, params };
}

/** Makes kernels and keeps them, keyed by their expanded text. */
export class KernelCache {
  readonly #device: GPUDevice;
  readonly #sources: Readonly<Record<string, string>>;
  readonly #dump: ((label: string, code: string) => void) | undefined;
  readonly #byRequest = new Map<string, Kernel>();
  readonly #byCode = new Map<string, Kernel>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #paramsLayout: GPUBindGroupLayout;

  /** @param dump Called with each kernel's label and expanded text (`--dump-wgsl`). */
  constructor(
    device: GPUDevice,
    sources: Readonly<Record<string, string>>,
    paramsLayout: GPUBindGroupLayout,
    dump?: (label: string, code: string) => void,
  ) {
    this.#device = device;
    this.#sources = sources;
    this.#paramsLayout = paramsLayout;
    this.#dump = dump;
  }

  /**
   * The kernel `name` with the given template constants.
   *
   * @throws {GpuError} if the template is wrong. WGSL errors arrive through the device's
   * uncaptured errors, with the kernel's label.
   */
  get(name: string, constants: TemplateConstants = {}): Kernel {
    let request = name;
    for (const key in constants) request += ` ${key}=${constants[key]}`;
    const known = this.#byRequest.get(request);
    if (known !== undefined) return known;
    const code = expandTemplate(this.#sources, name, constants);
    const kernel = this.#byCode.get(code) ?? this.#compile(request, code);
    this.#byRequest.set(request, kernel);
    this.#byCode.set(code, kernel);
    return kernel;
  }

  #compile(label: string, code: string): Kernel {
    const { bindings, params } = parseInterface(code);
    if (bindings.length === 0) throw new GpuError(`Kernel ${label} declares no storage bindings.`);
    this.#dump?.(label, code);
    const layout = this.#layout(bindings);
    const pipeline = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({
        label,
        bindGroupLayouts: params.length > 0 ? [layout, this.#paramsLayout] : [layout],
      }),
      compute: {
        module: this.#device.createShaderModule({ label, code }),
        entryPoint: "main",
      },
    });
    return { label, code, bindings, params, pipeline, layout };
  }

  #layout(bindings: readonly KernelBinding[]): GPUBindGroupLayout {
    const key = bindings.map(({ index, writable, image }) =>
      `${index}${image ? "i" : "b"}${writable ? "w" : "r"}`
    ).join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      layout = this.#device.createBindGroupLayout({
        label: key,
        entries: bindings.map(({ index, writable, image }) => ({
          binding: index,
          visibility: GPUShaderStage.COMPUTE,
          ...(image
            ? {
              storageTexture: {
                access: writable ? "write-only" : "read-only",
                format: "rgba32float",
              },
            }
            : { buffer: { type: writable ? "storage" : "read-only-storage" } }),
        })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}
