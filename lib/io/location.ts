/**
 * Locations: local paths and web addresses under one roof.
 *
 * @module
 */

/** Whether a location is an address rather than a path. */
export function isUrl(location: string): boolean {
  return /^(https?|file):\/\//i.test(location);
}

/** The location of `name` inside the folder `base`, a path or a URL. */
export function joinLocation(base: string, name: string): string {
  if (!isUrl(base)) return `${base.replace(/(?<=.)\/+$/, "")}/${name}`;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${name}`;
  return url.href;
}
