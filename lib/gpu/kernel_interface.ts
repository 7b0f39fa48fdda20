/**
 * The interface of a kernel, read from its text, the one source of truth: every `var<storage, …>`
 * and every image of group 0 is a binding known by its name, and the members of `struct Params`
 * (group 1, binding 0; scalars `u32`, `i32` or `f32` only, one a line) are the parameters.
 *
 * @module
 */

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
