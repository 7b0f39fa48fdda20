/**
 * A plain web server for folders, and a trap for requests that go elsewhere.
 *
 * @module
 */

/** One request that was answered. */
export interface Answered {
  path: string;
  status: number;
}

/** A running server. */
export interface StaticServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** What it was asked for, so far. */
  readonly answered: readonly Answered[];
}

/** Options of {@linkcode serveFolders}. */
export interface StaticServerOptions {
  /** Whether the server answers range requests with ranges. */
  ranges: boolean;
}

/** Serves each folder under its path, such as `{ "/": ".", "/runs": "/tmp/runs" }`. */
export function serveFolders(
  folders: Readonly<Record<string, string>>,
  { ranges }: StaticServerOptions,
): StaticServer {
  const answered: Answered[] = [];
  // The longest path that fits wins.
  const paths = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const path = paths.find((each) => pathname.startsWith(each))!;
      const file = `${folders[path]}/${pathname.slice(path.length)}`;
      const response = await answerFile(file, ranges ? request.headers.get("range") : null);
      answered.push({ path: pathname, status: response.status });
      return response;
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    origin: `http://${host}`,
    host,
    answered,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Types by endings of names; servers that do not know TypeScript take it for video. */
const TYPES: Readonly<Record<string, string>> = {
  ts: "video/mp2t",
  js: "text/javascript",
  html: "text/html",
};

/** What a plain web server answers to a request for a file, or for a range of its bytes. */
export async function answerFile(file: string, range: string | null): Promise<Response> {
  let content: Uint8Array<ArrayBuffer>;
  try {
    content = await Deno.readFile(file);
  } catch {
    return new Response("Not found\n", { status: 404 });
  }
  const type = TYPES[file.replace(/.*\./, "")] ?? "application/octet-stream";
  const headers = { "content-type": type, etag: `"${content.length}"` };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
  if (first === undefined) return new Response(content, { headers });
  const part = content.subarray(Number(first), Number(last) + 1);
  return new Response(part, {
    status: 206,
    headers: {
      ...headers,
      "content-range": `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`,
    },
  });
}

/** A proxy that refuses everything and counts how often it was turned to. */
export interface RequestTrap extends Disposable {
  /** For a Deno process: every request but those to this machine goes into the trap. */
  readonly env: Readonly<Record<string, string>>;
  /** How many connections went into the trap. */
  readonly count: number;
}

/** Sets a {@linkcode RequestTrap}. */
export function trapRequests(): RequestTrap {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let count = 0;
  (async () => {
    for await (const connection of listener) {
      count++;
      connection.close();
    }
  })();
  const proxy = `http://127.0.0.1:${listener.addr.port}`;
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
  return {
    env: {
      ...Object.fromEntries(names.flatMap((name) => [[name, proxy], [name.toLowerCase(), proxy]])),
      NO_PROXY: "127.0.0.1",
      no_proxy: "127.0.0.1",
      // Deno itself looks for newer versions now and then.
      DENO_NO_UPDATE_CHECK: "1",
    },
    get count() {
      return count;
    },
    [Symbol.dispose]: () => listener.close(),
  };
}
