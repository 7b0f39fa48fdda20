/**
 * Compiled kernels: expanded WGSL, its interface and its pipeline, made once and kept.
 *
 * @module
 */

import { includes, kernels } from "../../kernels/sources.ts";
import { GpuError, messageOf } from "../errors.ts";
import type { OwnKernel } from "./define_kernel.ts";
import type { KernelName } from "./kernel_call.ts";
import { type KernelBinding, type KernelParam, parseInterface } from "./kernel_interface.ts";
import {
  expandTemplate,
  isStorageConstant,
  type Template,
  type TemplateConstants,
} from "./template.ts";
import { templateInterface } from "./template_interface.ts";

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

/** Makes kernels and keeps them: by what was asked for, and by their expanded text. */
export class KernelCache {
  readonly #device: GPUDevice;
  readonly #dump: ((label: string, code: string) => void) | undefined;
  readonly #byName = new Map<string | OwnKernel, Map<string, Kernel>>();
  readonly #byCode = new Map<string, Kernel>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #paramsLayout: GPUBindGroupLayout;

  /** @param dump Called with each kernel's label and expanded text (`--dump-wgsl`). */
  constructor(
    device: GPUDevice,
    paramsLayout: GPUBindGroupLayout,
    dump?: (label: string, code: string) => void,
  ) {
    this.#device = device;
    this.#paramsLayout = paramsLayout;
    this.#dump = dump;
  }

  /**
   * The kernel of kernels/`kernel`.wgsl, or one of one's own, with the given template constants.
   *
   * @throws {GpuError} if the template is wrong, or has no such constant. WGSL errors arrive
   * through the device's uncaptured errors, with the kernel's label.
   */
  get(kernel: string | OwnKernel, constants: TemplateConstants): Kernel {
    let known = this.#byName.get(kernel);
    if (known === undefined) this.#byName.set(kernel, known = new Map());
    let request = "";
    for (const key in constants) request += ` ${key}=${constants[key]}`;
    let made = known.get(request);
    if (made === undefined) {
      const template = typeof kernel === "string" ? namedTemplate(kernel) : kernel;
      const code = expandTemplate(template, includes, constants);
      // Of those of kernels/ the compiler says so.
      if (typeof kernel !== "string") requireKnownConstants(kernel, constants);
      // Constants need not change the code; another name is another kernel in profiles.
      const key = `${template.name}\n${code}`;
      made = this.#byCode.get(key) ?? this.#compile(template.name + request, code);
      known.set(request, made);
      this.#byCode.set(key, made);
    }
    return made;
  }

  #compile(label: string, code: string): Kernel {
    const { bindings, params } = interfaceOf(label, code);
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
      `${index}${image ?? "b"}${writable ? "w" : "r"}`
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
                format: image,
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

/** Refuses a constant that a kernel of one's own does not have. @throws {GpuError} naming it. */
function requireKnownConstants(kernel: OwnKernel, constants: TemplateConstants): void {
  const known = templateInterface(kernel, includes).constants;
  const unknown = Object.keys(constants).find((name) =>
    !known.has(name) && !isStorageConstant(name)
  );
  if (unknown === undefined) return;
  throw new GpuError(`Kernel ${kernel.name} has no constant "${unknown}".`);
}

/** The interface of a kernel; errors name it. */
function interfaceOf(label: string, code: string): ReturnType<typeof parseInterface> {
  try {
    return parseInterface(code);
  } catch (error) {
    throw new GpuError(`Kernel ${label}: ${messageOf(error)}`, { cause: error });
  }
}

function namedTemplate(name: string): Template {
  const source = Object.hasOwn(kernels, name) ? kernels[name as KernelName] : undefined;
  if (source === undefined) throw new GpuError(`There is no kernel named "${name}".`);
  return { name, source };
}
