/**
 * A hub on this machine: its interface, its redirections to another host that
 * holds the files, and its bad moods.
 *
 * @module
 */

/** The commit that the revision is at. */
export const SHA = "0123456789abcdef0123456789abcdef01234567";

/** A request that came in. */
export interface HubRequest {
  /** Which of the two hosts was asked. */
  readonly host: "hub" | "cdn";
  /** The path as it was sent. */
  readonly path: string;
  /** The header `Authorization`, or null. */
  readonly authorization: string | null;
  /** The bytes asked for, or null. */
  readonly range: string | null;
}

/** How a {@linkcode HubServer} behaves. */
export interface HubServerOptions {
  /** The data set it has. */
  readonly dataset: string;
  /** Its files, by path. */
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** The revision it knows; `refs/convert/parquet` unless given. */
  readonly revision?: string;
  /** Files in a page of a listing. */
  readonly pageSize?: number;
  /** The header `Link` of a page that another one follows; its address, unless given. */
  readonly link?: (next: URL) => string;
  /** An answer in place of the usual one, given the number of requests before. */
  readonly mood?: (request: HubRequest, before: number) => Response | "cut" | undefined;
}

/** A running hub. */
export interface HubServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** What came in so far. */
  readonly requests: readonly HubRequest[];
}

/** Starts a hub and the host of its files. */
export function serveHub(options: HubServerOptions): HubServer {
  const requests: HubRequest[] = [];
  const { dataset, files, mood = () => undefined, revision = "refs/convert/parquet" } = options;

  function serve(host: HubRequest["host"], answer: (url: URL, request: Request) => Response) {
    return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const url = new URL(request.url);
      const seen = {
        host,
        path: url.pathname + url.search,
        authorization: request.headers.get("authorization"),
        range: request.headers.get("range"),
      };
      const found = mood(seen, requests.length);
      requests.push(seen);
      if (found === "cut") return cutShort(answer(url, request));
      return found ?? answer(url, request);
    });
  }

  const cdn = serve("cdn", (url, request) => {
    const content = files[decodeURIComponent(url.pathname.slice(1))];
    return content === undefined ? notFound() : answerRange(content, request.headers.get("range"));
  });
  const hub = serve("hub", (url) => {
    const api = `/api/datasets/${dataset}`;
    if (url.pathname === `${api}/revision/${encodeURIComponent(revision)}`) {
      return Response.json({ id: dataset, sha: SHA });
    }
    if (url.pathname === `${api}/tree/${SHA}` && url.searchParams.get("recursive") === "true") {
      return listing(url, options);
    }
    const resolve = `/datasets/${dataset}/resolve/${SHA}/`;
    if (!url.pathname.startsWith(resolve)) return notFound();
    const path = url.pathname.slice(resolve.length);
    return Response.redirect(`http://127.0.0.1:${cdn.addr.port}/${path}`, 302);
  });
  return {
    endpoint: `http://127.0.0.1:${hub.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      await Promise.all([hub.shutdown(), cdn.shutdown()]);
    },
  };
}

function listing(
  url: URL,
  { files, pageSize = 1000, link = (next) => `<${next}>; rel="next"` }: HubServerOptions,
): Response {
  const first = Number(url.searchParams.get("cursor") ?? 0);
  const entries = [
    { type: "directory", path: "plain_text" },
    ...Object.entries(files).map(([path, { length }]) => ({ type: "file", path, size: length })),
  ];
  const headers = new Headers();
  if (first + pageSize < entries.length) {
    const next = new URL(url);
    next.searchParams.set("cursor", `${first + pageSize}`);
    headers.set("link", link(next));
  }
  return Response.json(entries.slice(first, first + pageSize), { headers });
}

function answerRange(content: Uint8Array<ArrayBuffer>, range: string | null): Response {
  const headers = { etag: `"${content.length}"` };
  const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? "");
  if (match === null) return new Response(content, { headers });
  const part = content.subarray(Number(match[1]), Number(match[2]) + 1);
  const last = Number(match[1]) + part.length - 1;
  return new Response(part, {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${match[1]}-${last}/${content.length}` },
  });
}

/** The same answer, but the connection breaks in the middle of its body. */
async function cutShort(whole: Response): Promise<Response> {
  const bytes = new Uint8Array(await whole.arrayBuffer());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.subarray(0, bytes.length >> 1));
      // The bytes sent must have left before the connection breaks.
      timer = setTimeout(() => controller.close(), 20);
    },
    cancel: () => clearTimeout(timer),
  });
  const headers = new Headers(whole.headers);
  headers.set("content-length", `${bytes.length}`);
  return new Response(body, { status: whole.status, headers });
}

function notFound(): Response {
  return new Response("Not found\n", { status: 404 });
}
