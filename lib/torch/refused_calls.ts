/**
 * Calls in pickles that no checkpoint needs and that would take over a machine, so that whoever
 * opened the file here learns of it. This is a warning, no protection: nothing is ever called.
 *
 * @module
 */

import type { PickleGlobal } from "../pickle/values.ts";

/** Modules none of whose functions make a value. */
const MODULES = ["os", "posix", "nt", "sys", "subprocess", "pty", "runpy", "shutil", "socket"];
/** Functions of {@linkcode BUILTINS}. */
const FUNCTIONS = ["eval", "exec", "execfile", "compile", "open", "__import__"];
/** Names of the module of Python's own functions. */
const BUILTINS = ["builtins", "__builtin__"];

/** Whether something runs commands or programs, or changes files. */
export function isRefusedCall({ module, name }: PickleGlobal): boolean {
  return MODULES.includes(module) || (BUILTINS.includes(module) && FUNCTIONS.includes(name));
}
