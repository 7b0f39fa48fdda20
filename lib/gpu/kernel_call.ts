/**
 * What `gpu.run` takes, as types: a call that leaves out or misspells a constant, a binding or a
 * parameter of a kernel of kernels/ does not compile.
 *
 * @module
 */

import type { Kernels } from "../../kernels/sources.ts";
import type { OwnKernel } from "./define_kernel.ts";
import type { Image } from "./image.ts";
import type { BufferView } from "./tensor.ts";

/** The name of a kernel of kernels/. */
export type KernelName = keyof Kernels;

/** A kernel by its name, or one of one's own, whose calls are checked when they are made. */
export type KernelRef = KernelName | OwnKernel;

/** The template constants of a kernel. */
export type ConstantsOf<K extends KernelRef> = K extends KernelName
  ? Kernels[K] extends { constants: infer Constants } ? Constants : never
  : Record<string, number>;

/** The buffers and images of a kernel. */
export type BindingsOf<K extends KernelRef> = K extends KernelName
  ? Kernels[K] extends { bindings: infer Kinds } ? {
      [Name in keyof Kinds]:
        | ("buffer" extends Kinds[Name] ? BufferView : never)
        | ("image" extends Kinds[Name] ? Image : never);
    }
  : never
  : Record<string, BufferView | Image>;

/** The parameters of a kernel. */
export type ParamsOf<K extends KernelRef> = K extends KernelName
  ? Kernels[K] extends { params: infer Params } ? Params : never
  : Record<string, number>;

/** Makes every property of `Given` that `Allowed` does not know an error. */
export type Only<Given, Allowed> =
  & Given
  & { readonly [Name in Exclude<keyof Given, keyof Allowed>]: never };

/** One dispatch of a kernel. */
export type KernelCall<K extends KernelRef, Bindings, Params> =
  & {
    /** Buffers and images by the names that the kernel gives them. */
    bind: Only<Bindings, BindingsOf<K>>;
    /** Workgroups in x, y and z. */
    grid: readonly [number, number, number];
    /** Floating-point operations, for the profiler. */
    flops?: number;
  }
  & (Record<never, never> extends ParamsOf<K> ? { params?: Only<Params, ParamsOf<K>> } : {
    /** Values of the kernel's `struct Params`, by name. */
    params: Only<Params, ParamsOf<K>>;
  });
