/**
 * Locations: local paths and web addresses under one roof.
 *
 * @module
 */

import { DataError, type ErrorClass } from "../errors.ts";
import { describeValue } from "../schema/field.ts";

/** Whether a location is an address rather than a path; of disks, one letter is the name. */
export function isUrl(location: string): boolean {
  return /^[a-z][a-z\d+.-]+:\/\//i.test(location);
}

/** What the names of models on the Hugging Face hub begin with. */
export const HUB = "hf:";

/** Whether a location is on a web server or the hub, rather than on this machine. */
export function isRemote(location: string): boolean {
  return location.startsWith(HUB) || isUrl(location);
}

/** The kinds of addresses that are read. */
const PROTOCOLS = ["http:", "https:", "file:"];

/**
 * The address that a location is; null if it is a path.
 *
 * @throws {FlmError} of the class given, if it begins as an address and is none, or none that is
 * read here, such as `s3://BUCKET/KEY`; in a page, which reads no disk, if it is no web address.
 */
export function addressOf(location: string, errorClass: ErrorClass = DataError): URL | null {
  const url = isUrl(location) ? parseAddress(location, errorClass) : null;
  if (globalThis.Deno !== undefined || url?.protocol.startsWith("http")) return url;
  throw new errorClass(
    `${location} is a path, but a page reads http(s) addresses alone: give ` +
      `new URL(${JSON.stringify(location)}, document.baseURI).href`,
  );
}

function parseAddress(location: string, errorClass: ErrorClass): URL {
  const fail = (cause?: unknown) =>
    new errorClass(
      `${location} is not an address that is read here: expected http(s)://HOST/PATH or ` +
        `file:///PATH`,
      { cause },
    );
  try {
    const url = new URL(location);
    if (url.protocol === "file:") pathOf(url);
    if (PROTOCOLS.includes(url.protocol)) return url;
  } catch (cause) {
    throw fail(cause);
  }
  throw fail();
}

/** The path of a `file:` URL. A lone `%` stands for itself. @throws {URIError} if it is no text. */
export function pathOf({ pathname }: URL): string {
  return decodeURIComponent(pathname.replace(/%(?![\da-f]{2})/gi, "%25"));
}

/** Characters of an address that messages show: servers lead to any. */
const ADDRESS_SHOWN = 500;

/**
 * An address as messages show it: without the names, passwords and tokens that it may hold; a very
 * long one is cut.
 */
export function shownAddress({ origin, pathname }: URL): string {
  const shown = origin + pathname;
  return shown.length > ADDRESS_SHOWN ? `${shown.slice(0, ADDRESS_SHOWN - 3)}...` : shown;
}

/** The location of `name` inside the folder `base`, a path or a URL. */
export function joinLocation(base: string, name: string): string {
  const url = addressOf(base);
  if (url === null) return `${base.replace(/(?<=.)\/+$/, "")}/${name}`;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${name}`;
  return url.href;
}

/**
 * Checks that a folder is named. Nothing would be the root of the disk as soon as a name is joined
 * to it.
 *
 * @param what What is asked for, for the message.
 * @param expected What it may be; a path unless given.
 * @throws {FlmError} of the class given, if it is no text or blank.
 */
export function requireFolderName(
  folder: unknown,
  what: string,
  errorClass: ErrorClass,
  expected = "a path",
): void {
  if (typeof folder === "string" && folder.trim() !== "") return;
  const found = typeof folder === "string"
    ? `${describeValue(folder)} ("." is the current one)`
    : describeValue(folder);
  throw new errorClass(`Expected ${what} as text, ${expected}, found ${found}.`);
}
