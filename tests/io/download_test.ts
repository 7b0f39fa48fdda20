import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { DataError } from "../../lib/errors.ts";
import { download, NoSuchFileError } from "../../lib/io/download.ts";
import { openModelFolder } from "../../lib/io/hub.ts";
import { randomNumbers } from "../testing/check_op.ts";

const CONTENT = new Uint8Array(new Float32Array(randomNumbers(50_000, 1)).buffer);
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

/** A server like the hub's: `/resolve/…` redirects to a store, which answers ranges. */
interface Store extends AsyncDisposable {
  origin: string;
  /** Ranges asked of the store, "" for none; and tokens asked with. */
  ranges: string[];
  tokens: (string | null)[];
  /** Bytes after which the connection breaks. */
  breakAfter: number;
  hash: string;
  content: Uint8Array<ArrayBuffer>;
}

function serve(): Store {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("missing")) return new Response(null, { status: 404 });
    store.tokens.push(request.headers.get("authorization"));
    if (pathname.includes("/resolve/")) {
      return new Response(null, {
        status: 302,
        headers: {
          location: "/store",
          "x-linked-etag": `"${store.hash}"`,
          "x-linked-size": String(store.content.length),
        },
      });
    }
    const range = request.headers.get("range") ?? "";
    store.ranges.push(range);
    const first = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    const rest = store.content.slice(first);
    const body = store.breakAfter < rest.length ? broken(rest.subarray(0, store.breakAfter)) : rest;
    const last = store.content.length - 1;
    return new Response(body, {
      status: range ? 206 : 200,
      headers: range ? { "content-range": `bytes ${first}-${last}/${last + 1}` } : {},
    });
  });
  const store: Store = {
    origin: `http://127.0.0.1:${server.addr.port}`,
    ranges: [],
    tokens: [],
    breakAfter: Infinity,
    hash: SHA256,
    content: CONTENT,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return store;
}

/** A body that ends before its time. */
function broken(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
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

Deno.test("download() goes on where it broke off", () =>
  withStore(async (store, path) => {
    const url = `${store.origin}/resolve/main/file`;
    store.breakAfter = 70_000;
    await assertRejects(() => download(url, path), DataError, "after 70000 of 200000 bytes");
    assertEquals(await namesIn(path.replace(/file$/, "")), ["file.part", "file.part.tag"]);
    store.breakAfter = Infinity;
    const seen: [number, number | null][] = [];
    await download(url, path, { onProgress: (...progress) => seen.push(progress) });
    assertEquals(store.ranges, ["", "bytes=70000-"]);
    assertEquals(seen[0], [70_000, 200_000]);
    assertEquals(seen.at(-1), [200_000, 200_000]);
    assertEquals(await Deno.readFile(path), CONTENT);
    assertEquals(await namesIn(path.replace(/file$/, "")), ["file"]);
  }));

Deno.test("download() begins again if the file has changed meanwhile", () =>
  withStore(async (store, path) => {
    const url = `${store.origin}/resolve/main/file`;
    store.breakAfter = 70_000;
    await assertRejects(() => download(url, path), DataError);
    store.breakAfter = Infinity;
    store.content = CONTENT.map((byte) => byte ^ 1);
    store.hash = createHash("sha256").update(store.content).digest("hex");
    await download(url, path);
    assertEquals(await Deno.readFile(path), store.content);
  }));

Deno.test("download() removes what has another hash than the server or the caller says", () =>
  withStore(async (store, path) => {
    store.hash = "0".repeat(64);
    const url = `${store.origin}/resolve/main/file`;
    const message = `SHA-256 ${SHA256}, expected 000`;
    await assertRejects(() => download(url, path), DataError, message);
    assertEquals(await namesIn(path.replace(/file$/, "")), []);
    const plain = `${store.origin}/plain`;
    const sha256 = "f".repeat(64);
    await assertRejects(() => download(plain, path, { sha256 }), DataError, "expected fff");
    await download(plain, path, { sha256: SHA256.toUpperCase() });
    assertEquals(await Deno.readFile(path), CONTENT);
  }));

Deno.test("download() says when there is no such file", () =>
  withStore(async (store, path) => {
    await assertRejects(() => download(`${store.origin}/missing`, path), NoSuchFileError, "404");
  }));

Deno.test("openModelFolder() finds models on the hub, once, with a token", () =>
  withStore(async (store, path) => {
    const options = { cacheFolder: path, endpoint: store.origin, token: "secret" };
    const folder = await openModelFolder("openai-community/gpt2", { ...options, revision: "v1" });
    const file = await folder.file("config.json");
    assertEquals(file, `${path}/openai-community--gpt2/v1/config.json`);
    assertEquals(await Deno.readFile(file), CONTENT);
    assertEquals(store.tokens[0], "Bearer secret");
    const asked = store.tokens.length;
    assertEquals(await folder.file("config.json"), file);
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
