/**
 * The interface of a kernel, read from its text, the one source of truth: every `var<storage, …>`
 * and every image of group 0 is a binding known by its name, and the members of `struct Params`
 * (group 1, binding 0; scalars `u32`, `i32` or `f32` only) are the parameters.
 *
 * @module
 */

import { GpuError } from "../errors.ts";

/** One storage buffer or image that a kernel takes. */
export interface KernelBinding {
  /** The variable's name. */
  name: string;
  /** The number after `@binding`. */
  index: number;
  /** Whether the kernel may write to it. */
  writable: boolean;
  /** The format of the image (`texture_storage_2d<rgba32float, …>`); undefined for a buffer. */
  image: GPUTextureFormat | undefined;
}

/** One scalar of a kernel's `struct Params`. */
export interface KernelParam {
  /** The member's name. */
  name: string;
  /** Its type in WGSL. */
  type: "u32" | "i32" | "f32";
}

/** A comment of WGSL. */
const COMMENT = /\/\/.*|\/\*[^]*?\*\//g;
/** A buffer or image of group 0; its attributes stand in either order. */
const VARIABLE = new RegExp(
  /(?:@group\(0\)\s*@binding\((\d+)\)|@binding\((\d+)\)\s*@group\(0\))\s*/.source +
    /var(<\s*storage\s*(?:,\s*(\w+)\s*)?>)?\s*(\w+)\s*:\s*([^;]*);/.source,
  "g",
);
const STRUCT = /struct Params\s*\{([^}]*)\}/;
const MEMBER = /^\s*(\w+)\s*:\s*(u32|i32|f32)\s*$/;

/** The format of an image's type. */
function imageFormat(type: string): GPUTextureFormat {
  return /^texture_storage_2d<\s*(\w+)/.exec(type)?.[1] as GPUTextureFormat ?? "rgba32float";
}

/**
 * Reads the bindings and parameters of a WGSL text.
 *
 * @throws {GpuError} naming a member of `struct Params` that is no scalar.
 */
export function parseInterface(
  code: string,
): { bindings: KernelBinding[]; params: KernelParam[] } {
  const text = code.replace(COMMENT, " ");
  const bindings = [...text.matchAll(VARIABLE)].map(
    ([, index, otherwise, storage, access, name, type]) => ({
      name: name!,
      index: Number(index ?? otherwise),
      writable: access === "read_write" || /write\s*>/.test(type!),
      image: storage === undefined ? imageFormat(type!) : undefined,
    }),
  );
  const members = (STRUCT.exec(text)?.[1] ?? "").split(",");
  const params = members.filter((member) => member.trim() !== "").map((member) => {
    const [, name, type] = MEMBER.exec(member) ?? [];
    if (name !== undefined) return { name, type: type as KernelParam["type"] };
    throw new GpuError(
      `struct Params has "${member.trim()}": expected scalars such as "count: u32", of the types ` +
        `u32, i32 and f32, with commas between them.`,
    );
  });
  return { bindings, params };
}
