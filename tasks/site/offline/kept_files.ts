/**
 * What the service worker is told of the site.
 *
 * @module
 */

/** Files that are kept, by their paths in the site. */
export interface KeptFiles {
  /** The page, which has the same name when it changes. */
  readonly page: string;
  /** All others, whose names change when they do. */
  readonly named: readonly string[];
}
