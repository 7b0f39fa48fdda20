/**
 * Files that are not there, as distinct from those that cannot be read.
 *
 * @module
 */

import { systemCode } from "../system/system_error.ts";
import { WebPageRefusal } from "./web_page.ts";

/**
 * Whether reading failed for there is no such file: the error, or what caused it, is the system's
 * or a server's word for that (HTTP 404 or 410), or a web page came, with which some servers answer
 * every path that they do not have.
 */
export function isMissing(error: unknown): boolean {
  return says(error) || (error instanceof Error && says(error.cause));
}

function says(error: unknown): boolean {
  if (error instanceof Response) return error.status === 404 || error.status === 410;
  return error instanceof WebPageRefusal ||
    ["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "");
}
