/**
 * Locations: local paths and web addresses under one roof.
 *
 * @module
 */

import { DataError, type ErrorClass } from "../errors.ts";

/** Whether a location is an address rather than a path. */
export function isUrl(location: string): boolean {
  return /^(https?|file):\/\//i.test(location);
}

/**
 * The address that a location is; null if it is a path.
 *
 * @throws {FlmError} of the class given, if it begins as an address and is none.
 */
export function addressOf(location: string, errorClass: ErrorClass = DataError): URL | null {
  if (!isUrl(location)) return null;
  try {
    const url = new URL(location);
    if (url.protocol === "file:") pathOf(url);
    return url;
  } catch (cause) {
    throw new errorClass(
      `${location} is not an address: expected http(s)://HOST/PATH or file:///PATH`,
      { cause },
    );
  }
}

/** The path of a `file:` URL. A lone `%` stands for itself. @throws {URIError} if it is no text. */
export function pathOf({ pathname }: URL): string {
  return decodeURIComponent(pathname.replace(/%(?![\da-f]{2})/gi, "%25"));
}

/** An address as messages show it: without the names, passwords and tokens that it may hold. */
export function shownAddress({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** The location of `name` inside the folder `base`, a path or a URL. */
export function joinLocation(base: string, name: string): string {
  const url = addressOf(base);
  if (url === null) return `${base.replace(/(?<=.)\/+$/, "")}/${name}`;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${name}`;
  return url.href;
}
