/**
 * Requests whose bytes are counted as they come.
 *
 * @module
 */

/** How requests are made. */
export interface CountedFetchOptions {
  /** Called with the bytes of each piece. */
  readonly onBytes: (bytes: number) => void;
  /** Whether a file is asked for whole where only a range of its bytes is wanted. */
  readonly isWhole: (address: string) => boolean;
}

/**
 * A `fetch` that counts. Answers without a body, and such as a page may not read, stay as they are.
 */
export function countedFetch(
  fetch: typeof globalThis.fetch,
  { onBytes, isWhole }: CountedFetchOptions,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (isWhole(request.url)) request.headers.delete("range");
    const response = await fetch(request);
    if (!response.ok || response.body === null) return response;
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        onBytes(chunk.length);
        controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(count), { status, statusText, headers });
  };
}
