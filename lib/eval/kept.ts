/**
 * Results that were kept, and whether they still are results of what there is now.
 *
 * @module
 */

/**
 * A result of what there is now; or why a file holds none, as the rest of a sentence that begins
 * with the file: "is of other weights".
 */
export type Kept<T> =
  | { readonly value: T; readonly lack?: undefined }
  | { readonly value?: undefined; readonly lack: string };
