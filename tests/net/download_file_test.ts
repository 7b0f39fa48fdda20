import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { DataError, FlmError } from "../../lib/errors.ts";
import { downloadFile, NoSuchFileError } from "../../lib/net/download_file.ts";
import { ONE_ATTEMPT } from "../../lib/net/retry_policy.ts";
import { openModelFolder } from "../../lib/hub/hub.ts";
import { randomNumbers } from "../testing/check_op.ts";

const CONTENT = new Uint8Array(new Float32Array(randomNumbers(50_000, 1)).buffer);
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

/** Nothing is tried twice. */
const ONCE = { retry: ONE_ATTEMPT };

/** A server like the hub's: `/resolve/…` redirects to a store, which answers ranges. */
interface Store extends AsyncDisposable {
  origin: string;
  /** Ranges asked of the store, "" for none; and tokens asked with. */
  ranges: string[];
  tokens: (string | null)[];
  /** Bytes after which the connection breaks. */
  breakAfter: number;
  hash: string;
  /** The size that the hub speaks of; null for the true one. */
  size: number | null;
  content: Uint8Array<ArrayBuffer>;
}

function serve(): Store {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("missing")) return new Response(null, { status: 404 });
    if (pathname === "/forbidden") return new Response(null, { status: 403 });
    if (pathname === "/portal") {
      const headers = { "content-type": "text/html" };
      return new Response("<html>Please log in</html>", { headers });
    }
    if (pathname === "/circle") {
      return new Response(null, { status: 302, headers: { location: "/circle" } });
    }
    store.tokens.push(request.headers.get("authorization"));
    if (pathname.includes("/resolve/")) {
      return new Response(null, {
        status: 302,
        headers: {
          // By another name it is another server.
          location: pathname.includes("/elsewhere/")
            ? `${store.origin.replace("127.0.0.1", "localhost")}/store`
            : "/store",
          "x-linked-etag": `"${store.hash}"`,
          "x-linked-size": String(store.size ?? store.content.length),
        },
      });
    }
    const range = request.headers.get("range") ?? "";
    store.ranges.push(range);
    const first = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const rest = store.content.slice(first);
    const body = store.breakAfter < rest.length ? broken(rest.subarray(0, store.breakAfter)) : rest;
    const last = store.content.length - 1;
    const headers = { "content-length": `${rest.length}`, "etag": `"of the store: ${store.hash}"` };
    return range
      ? new Response(body, {
        status: 206,
        headers: { ...headers, "content-range": `bytes ${first}-${last}/${last + 1}` },
      })
      : new Response(body, { headers });
  });
  const store: Store = {
    origin: `http://127.0.0.1:${server.addr.port}`,
    ranges: [],
    tokens: [],
    breakAfter: Infinity,
    hash: SHA256,
    size: null,
    content: CONTENT,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return store;
}

/** A body that ends before its time. */
function broken(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let timer: ReturnType<typeof setTimeout>;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      // What is sent in the same turn as the end is lost with the connection.
      timer = setTimeout(() => controller.close(), 50);
    },
    cancel: () => clearTimeout(timer),
  });
}

async function withStore(test: (store: Store, path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await using store = serve();
  try {
    await test(store, `${folder}/deep/file`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}

Deno.test("downloadFile() goes on where it broke off", () =>
  withStore(async (store, path) => {
    const url = `${store.origin}/resolve/main/file`;
    store.breakAfter = 70_000;
    await assertRejects(
      () => downloadFile(url, path, ONCE),
      DataError,
      `Cannot read ${url}: error reading a body from connection. 70000 bytes are there. Try again`,
    );
    assertEquals(await namesIn(path.replace(/file$/, "")), ["file.part", "file.part.tag"]);
    store.breakAfter = Infinity;
    const seen: [number, number | null][] = [];
    await downloadFile(url, path, { onProgress: (...progress) => seen.push(progress) });
    assertEquals(store.ranges, ["", "bytes=70000-"]);
    assertEquals(seen[0], [70_000, 200_000]);
    assertEquals(seen.at(-1), [200_000, 200_000]);
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(await namesIn(path.replace(/file$/, "")), ["file"]);
  }));

Deno.test("downloadFile() goes on by itself, if it may try again", () =>
  withStore(async (store, path) => {
    store.breakAfter = 70_000;
    const waits: number[] = [];
    const sleep = (milliseconds: number) => Promise.resolve(void waits.push(milliseconds));
    const retry = { attempts: 2, stallMs: 5000, sleep };
    await downloadFile(`${store.origin}/resolve/main/file`, path, { retry });
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(store.ranges, ["", "bytes=70000-", "bytes=140000-"]);
    assertEquals(waits, [1000, 1000]);
  }));

Deno.test("downloadFile() stops when it is told to, and keeps what it has", () =>
  withStore(async (store, path) => {
    const url = `${store.origin}/resolve/main/file`;
    store.breakAfter = 70_000;
    const stopped = new AbortController();
    // Programs end with such an error as it is: it is of their own kind.
    const reason = new FlmError("enough");
    // It is stopped while it waits for its next attempt, which is not before a minute.
    const sleep = () => {
      stopped.abort(reason);
      return new Promise<void>(() => {});
    };
    const retry = { attempts: 2, stallMs: 5000, sleep };
    const { signal } = stopped;
    const found = await downloadFile(url, path, { retry, signal }).catch((error) => error);
    assertEquals(found, reason);
    assertEquals((await Deno.stat(`${path}.part`)).size, 70_000);
  }));

Deno.test("downloadFile() does not run in circles, nor give its token to others", () =>
  withStore(async (store, path) => {
    const circle = `${store.origin}/circle`;
    await assertRejects(
      () => downloadFile(circle, path, ONCE),
      DataError,
      `Cannot read ${circle}: the server redirects more than 8 times`,
    );
    const token = "secret";
    await downloadFile(`${store.origin}/resolve/elsewhere/file`, path, { token });
    assertEquals(store.tokens, ["Bearer secret", null]);
    await assertRejects(
      () => downloadFile(`${store.origin}/forbidden`, path, ONCE),
      DataError,
      "HTTP 403 Forbidden; does it need a token (HF_TOKEN)?",
    );
  }));

Deno.test("downloadFile() begins again if the file has changed meanwhile", () =>
  withStore(async (store, path) => {
    const url = `${store.origin}/resolve/main/file`;
    store.breakAfter = 70_000;
    await assertRejects(() => downloadFile(url, path, ONCE), DataError);
    store.breakAfter = Infinity;
    store.content = CONTENT.map((byte) => byte ^ 1);
    store.hash = createHash("sha256").update(store.content).digest("hex");
    await downloadFile(url, path);
    assertEquals(await Deno.readFile(path), store.content);
  }));

Deno.test("downloadFile() removes what has another hash than the server or the caller says", () =>
  withStore(async (store, path) => {
    store.hash = "0".repeat(64);
    const url = `${store.origin}/resolve/main/file`;
    const message = `SHA-256 ${SHA256}, expected 000`;
    await assertRejects(() => downloadFile(url, path, ONCE), DataError, message);
    assertEquals(await namesIn(path.replace(/file$/, "")), []);
    const plain = `${store.origin}/plain`;
    const sha256 = "f".repeat(64);
    await assertRejects(() => downloadFile(plain, path, { sha256 }), DataError, "expected fff");
    await downloadFile(plain, path, { sha256: SHA256.toUpperCase() });
    assertEquals(await Deno.readFile(path), CONTENT);
  }));

Deno.test("downloadFile() leaves a body that does not end where it should", () =>
  withStore(async (store, path) => {
    store.size = 150_000;
    await assertRejects(
      () => downloadFile(`${store.origin}/resolve/main/file`, path, ONCE),
      DataError,
      "it has more than the 150000 bytes that the server promised. It was removed",
    );
    store.size = null;
    await assertRejects(
      () => downloadFile(`${store.origin}/resolve/main/file`, path, { ...ONCE, maxBytes: 1000 }),
      DataError,
      "it has more than the 1000 bytes that are taken of such a file. It was removed",
    );
    assertEquals(await namesIn(path.replace(/file$/, "")), []);
  }));

Deno.test("downloadFile() keeps no web page", () =>
  withStore(async (store, path) => {
    await assertRejects(
      () => downloadFile(`${store.origin}/portal`, path),
      NoSuchFileError,
      "/portal: the server answered with a web page (HTML), not with the file",
    );
    assertEquals(await namesIn(path.replace(/file$/, "")), []);
  }));

Deno.test("downloadFile() says when there is no such file", () =>
  withStore(async (store, path) => {
    await assertRejects(
      () => downloadFile(`${store.origin}/missing`, path),
      NoSuchFileError,
      "404",
    );
  }));

Deno.test("openModelFolder() finds models on the hub, once, with a token", () =>
  withStore(async (store, path) => {
    const options = { cacheFolder: path, endpoint: store.origin, token: "secret" };
    const folder = await openModelFolder("openai-community/gpt2", { ...options, revision: "v1" });
    const file = await folder.file("weights.bin");
    assertEquals(file, `${path}/openai-community--gpt2/v1/weights.bin`);
    assertEquals(await Deno.readFile(file), CONTENT);
    assertEquals(store.tokens[0], "Bearer secret");
    const asked = store.tokens.length;
    assertEquals(await folder.file("weights.bin"), file);
    assertEquals(store.tokens.length, asked);
    assertEquals(await folder.find("missing"), undefined);
  }));

Deno.test("openModelFolder() takes addresses and folders, and says what else it expected", () =>
  withStore(async (store, path) => {
    const remote = await openModelFolder(`${store.origin}/models/`, { cacheFolder: path });
    const file = await remote.file("weights");
    assert(file.endsWith("/models/weights"), file);
    const local = await openModelFolder(file.replace(/\/weights$/, ""));
    assertEquals(await local.file("weights"), file);
    assertEquals(await local.find("missing"), undefined);
    await assertRejects(
      () => local.file("missing"),
      DataError,
      "There is no missing in the folder",
    );
    await assertRejects(() => openModelFolder("./no/such/folder"), DataError, "name on the hub");
  }));
