/**
 * Shows the site on this machine.
 *
 * @module
 */

import { FlmError } from "../../lib/errors.ts";
import { systemCode } from "../../lib/system/system_error.ts";

/** Kinds of content by the endings of names. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  md: "text/plain; charset=utf-8",
};

/** Options of {@linkcode serveSite}. */
export interface ServeOptions {
  /** Where it listens; 0 for any free port. */
  readonly port: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Serves the files of a folder to browsers of this machine.
 *
 * @returns The address, and what settles at the end.
 * @throws {FlmError} if the port is not free.
 */
export function serveSite(
  folder: string,
  { port, signal }: ServeOptions,
): { address: string; finished: Promise<void> } {
  const serve = () =>
    Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {}, ...signal && { signal } },
      (request) => answer(folder, request),
    );
  try {
    const { addr, finished } = serve();
    return { address: `http://localhost:${addr.port}/`, finished };
  } catch (error) {
    if (systemCode(error) !== "EADDRINUSE") throw error;
    throw new FlmError(
      `--port ${port}: another program listens there. Give another port, or 0 for any free one.`,
      { cause: error },
    );
  }
}

async function answer(folder: string, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  // The names of the site's files are plain, and none is hidden.
  if (!/^(\/[\w-][\w.-]*)+$/.test(name)) return missing();
  try {
    const file = await Deno.open(`${folder}${name}`);
    const { size, isFile } = await file.stat();
    if (!isFile) {
      file.close();
      return missing();
    }
    const type = TYPES[name.replace(/.*\./, "")] ?? "application/octet-stream";
    // What was built anew is seen at the next reload.
    const headers = {
      "content-type": type,
      "content-length": `${size}`,
      "cache-control": "no-cache",
    };
    return new Response(file.readable, { headers });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return missing();
    throw error;
  }
}

function missing(): Response {
  return new Response("Not found\n", { status: 404 });
}
