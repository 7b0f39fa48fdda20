/**
 * A Parquet file of another writer.
 *
 * @module
 */

/** What its column "text" holds. */
export const FIRST_VERSION_TEXTS: readonly (string | null)[] = Array.from(
  { length: 60 },
  (_, i) => i % 9 === 5 ? null : `Text ${i % 7}`,
);

/** A file of parquet-rs 59.3.0 with pages of the first version, a dictionary and Snappy. */
export const FIRST_VERSION: Uint8Array<ArrayBuffer> = Uint8Array.fromBase64(
  [
    "UEFSMRUEFYwBFVRMFQ4VABIAAEYkBgAAAFRleHQgMBUKADEVCgAyFQoAMxUKADQVCig2BgAAAFRleHQgNRUAFUwV",
    "UCwVeBUQFQYVBgAAJpQLAAAAB9+/fxABCf79+wcDD4jGIhrdaHSR0UU0F9FoRKMLjS4iABkcFnoVchYAABkW/AQA",
    "FQIZLEgMYXJyb3dfc2NoZW1hFQIAFQwlAhgEdGV4dCUATBwAAAAWeBkcGRwmABwVDBk1AAYQGRgEdGV4dBUCFngW",
    "mAIW5AEmeiYIKSwVABUQFQIAFQQVABUCAAAW7AEVHAAWmAIWeCYIFuQBFAAAGRwYDEFSUk9XOnNjaGVtYRigAS8v",
    "Ly8vM0FBQUFBUUFBQUFBQUFLQUF3QUNnQUpBQVFBQ2dBQUFCQUFBQUFBQVFRQUNBQUlBQUFBQkFBSUFBQUFCQUFB",
    "QUFFQUFBQVVBQUFBRUFBVUFCQUFEZ0FQQUFRQUFBQUlBQkFBQUFBWUFBQUFEQUFBQUFBQUFRVVFBQUFBQUFBQUFB",
    "UUFCQUFFQUFBQUJBQUFBSFJsZUhRQUFBQUEAGBlwYXJxdWV0LXJzIHZlcnNpb24gNTkuMy4wGRwcAAAARAEAAFBB",
    "UjE=",
  ].join(""),
);
