/**
 * Kernels: expanded WGSL, its interface read from the text, and its pipeline.
 *
 * The text is the one source of truth: every `var<storage, …>` and every image of group 0 is a
 * binding known by its name, and the members of `struct Params` (group 1,
 * binding 0; scalars `u32`, `i32` or `f32` only) are the parameters.
 *
 * @module
 */

import { includes, kernels } from "../../kernels/sources.ts";
import { GpuError } from "../errors.ts";
import {
  expandTemplate,
  parseTemplate,
  type Template,
  type TemplateConstants,
} from "./template.ts";

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

/** A kernel of one's own; {@linkcode defineKernel} makes it, `gpu.run` takes it. */
export interface OwnKernel extends Template {
  /** What profiles and errors call it. */
  readonly name: string;
  /** WGSL with the directives of lib/gpu/template.ts. */
  readonly source: string;
}

/**
 * A kernel that is no file of kernels/: `gpu.run(kernel, constants, { bind, params, grid })` then
 * runs it as any other, compiled once for each set of constants. Define it once, outside of
 * the function that runs it: what is compiled is kept by the object.
 *
 * The source is WGSL with an entry point `main`, buffers in group 0, scalars in `struct Params`,
 * and the template's directives; `//# include NAME` takes a file of kernels/include/, such
 * as `common` for `folded_index`. In a template literal `\${WG}` is written with a backslash.
 *
 * @example
 * ```ts ignore
 * const square = defineKernel("square", `
 * //# include common
 * struct Params { count: u32, }
 * @group(0) @binding(0) var<storage, read> x: array<f32>;
 * @group(0) @binding(1) var<storage, read_write> y: array<f32>;
 * @group(1) @binding(0) var<uniform> params: Params;
 *
 * @compute @workgroup_size(\${WG})
 * fn main(
 *   @builtin(workgroup_id) group: vec3u,
 *   @builtin(num_workgroups) groups: vec3u,
 *   @builtin(local_invocation_index) local: u32,
 * ) {
 *   let i = folded_index(group, groups) * \${WG}u + local;
 *   if (i < params.count) { y[i] = x[i] * x[i]; }
 * }`);
 * gpu.run(square, { WG: 64 }, {
 *   bind: { x, y },
 *   params: { count: x.size },
 *   grid: foldGrid(Math.ceil(x.size / 64)),
 * });
 * ```
 *
 * @param name What profiles and errors call it.
 * @throws {GpuError} if a directive is unknown or has no end. What depends on constants is
 * checked when it is run.
 */
export function defineKernel(name: string, source: string): OwnKernel {
  const kernel = Object.freeze({ name, source });
  parseTemplate(kernel);
  return kernel;
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
   * @throws {GpuError} if the template is wrong. WGSL errors arrive through the device's
   * uncaptured errors, with the kernel's label.
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
      // Constants need not change the code; another name is another kernel in profiles.
      const key = `${template.name}\n${code}`;
      made = this.#byCode.get(key) ?? this.#compile(template.name + request, code);
      known.set(request, made);
      this.#byCode.set(key, made);
    }
    return made;
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

function namedTemplate(name: string): Template {
  const source = Object.hasOwn(kernels, name) ? kernels[name] : undefined;
  if (source === undefined) throw new GpuError(`There is no kernel named "${name}".`);
  return { name, source };
}
