/**
 * Tests of random access to files, web addresses and memory.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { CheckpointError, DataError } from "../../lib/errors.ts";
import { type ByteSource, memorySource } from "../../lib/io/byte_source.ts";
import { openByteSource } from "../../lib/io/open_source.ts";
import { withFolder } from "../testing/folder.ts";

/** Longer than what the first request of a web address brings. */
const CONTENT = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

/** Reads into a fresh array. */
async function read(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await source.read(offset, target);
  return target;
}

/** Checks reads at the start, the end, across the first request's bytes, and of nothing. */
async function assertReads(source: ByteSource, content: Uint8Array): Promise<void> {
  assertEquals(source.size, content.length);
  const ranges = [[0, 8], [65_530, 20], [199_990, 10], [100, 70_000], [0, 200_000], [200_000, 0]];
  // All at once: reads may overlap in time.
  const got = await Promise.all(ranges.map(([offset, length]) => read(source, offset!, length!)));
  got.forEach((bytes, i) => {
    const [offset, length] = ranges[i]!;
    assert(bytes.every((byte, k) => byte === content[offset! + k]), `${length} bytes at ${offset}`);
  });
  for (const [offset, length] of [[199_990, 11], [200_001, 0], [-1, 2], [0.5, 1]]) {
    await assertRejects(() => read(source, offset!, length!), DataError, "it has 200000 bytes");
  }
}

/** Runs a server on loopback while `use` has its address. */
async function withServer(
  answer: (request: Request, requests: number) => Response,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  let requests = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => answer(request, requests++),
  );
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** Answers as a server that knows ranges. */
function answerRange(request: Request, content: Uint8Array<ArrayBuffer>, etag = '"1"'): Response {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "");
  if (!match) return new Response(content, { headers: { etag } });
  const first = Number(match[1]);
  const last = Math.min(Number(match[2]), content.length - 1);
  if (first >= content.length) {
    return new Response(null, {
      status: 416,
      headers: { "content-range": `bytes */${content.length}` },
    });
  }
  return new Response(content.slice(first, last + 1), {
    status: 206,
    headers: { etag, "content-range": `bytes ${first}-${last}/${content.length}` },
  });
}

Deno.test("openByteSource() reads a local file by path and by URL", async () => {
  const path = await Deno.makeTempFile({ suffix: " source.bin" });
  try {
    await Deno.writeFile(path, CONTENT);
    for (const location of [path, new URL(`file://${encodeURI(path)}`)]) {
      const source = await openByteSource(location);
      assertEquals(source.name, path);
      await assertReads(source, CONTENT);
      source.close();
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("openByteSource() throws when the file is missing or a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assertRejects(
      () => openByteSource(`${folder}/none.bin`, CheckpointError),
      CheckpointError,
      `${folder}/none.bin: there is no such file`,
    );
    await assertRejects(() => openByteSource(folder), DataError, "it is a folder, expected a file");
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test({
  name: "openByteSource() does not wait for a pipe, nor read a device",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      const made = new Deno.Command("mkfifo", { args: [`${folder}/pipe`] });
      assertEquals((await made.output()).code, 0);
      for (const path of [`${folder}/pipe`, "/dev/zero"]) {
        await assertRejects(
          () => openByteSource(path),
          DataError,
          `Cannot read ${path}: it is a device or a pipe, expected a file`,
        );
      }
    });
  },
});

Deno.test("openByteSource() takes a URL with a lone per cent sign", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/50%.bin`, CONTENT);
    const source = await openByteSource(new URL(`file://${folder}/50%.bin`));
    assertEquals(source.name, `${folder}/50%.bin`);
    source.close();
  });
});

Deno.test("FileSource throws when the file is cut short after it was opened", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, CONTENT);
    const source = await openByteSource(path);
    await Deno.truncate(path, 1000);
    await assertRejects(() => read(source, 900, 200), DataError, "ended at byte 1000");
    assertEquals(await read(source, 0, 1000), CONTENT.slice(0, 1000));
    source.close();
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("openByteSource() reads only the ranges it needs when the server knows ranges", async () => {
  let sent = 0;
  await withServer((request) => {
    const response = answerRange(request, CONTENT);
    const range = /bytes (\d+)-(\d+)/.exec(response.headers.get("content-range") ?? "");
    sent += range ? Number(range[2]) - Number(range[1]) + 1 : CONTENT.length;
    return response;
  }, async (origin) => {
    const source = await openByteSource(`${origin}/a.bin?token=secret`);
    assertEquals(source.name, `${origin}/a.bin`);
    assertEquals(await read(source, 150_000, 100), CONTENT.slice(150_000, 150_100));
    assertEquals(sent, 65_536 + 100);
    await assertReads(source, CONTENT);
  });
});

Deno.test("openByteSource() downloads once when the server knows no ranges", async () => {
  let requests = 0;
  await withServer(() => {
    requests++;
    return new Response(CONTENT);
  }, async (origin) => {
    await assertReads(await openByteSource(new URL(`${origin}/a.bin`)), CONTENT);
    assertEquals(requests, 1);
  });
});

Deno.test("openByteSource() downloads the file when a partial answer hides the size", async () => {
  await withServer((request) => {
    if (!request.headers.has("range")) return new Response(CONTENT);
    return new Response(CONTENT.slice(0, 10), {
      status: 206,
      headers: { "content-range": "bytes 0-9/*" },
    });
  }, async (origin) => await assertReads(await openByteSource(`${origin}/a.bin`), CONTENT));
});

Deno.test("openByteSource() decodes a file that its server keeps compressed", async () => {
  const packed = await new Response(
    new Blob([CONTENT]).stream().pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  await withServer((request) => {
    // Ranges are of the packed bytes.
    const response = answerRange(request, packed);
    response.headers.set("content-encoding", "gzip");
    return response;
  }, async (origin) => await assertReads(await openByteSource(`${origin}/a.bin`), CONTENT));
});

Deno.test("openByteSource() does not believe the size of a range that it has not asked for", async () => {
  const headers = { "content-range": "bytes 0-999999999999/1000000000000" };
  await withServer(
    (request) =>
      request.headers.has("range")
        ? new Response("short", { status: 206, headers })
        : new Response(CONTENT),
    async (origin) => await assertReads(await openByteSource(`${origin}/a.bin`), CONTENT),
  );
});

Deno.test("openByteSource() takes no more into memory than there can be", async () => {
  const endless = () =>
    new ReadableStream<Uint8Array>({ pull: (stream) => stream.enqueue(new Uint8Array(1000)) });
  await withServer(() => new Response(endless()), async (origin) => {
    await assertRejects(
      () => openByteSource(`${origin}/a.bin`, CheckpointError, { maxBytes: 4500 }),
      CheckpointError,
      `Cannot read ${origin}/a.bin: it has 5000 or more bytes, at most 4500 are expected of it`,
    );
  });
  const headers = { "content-length": "9007199254740991" };
  await withServer(() => new Response(endless(), { headers }), async (origin) => {
    await assertRejects(
      () => openByteSource(`${origin}/a.bin`),
      DataError,
      "at most 4294967296 are kept in memory from a server without range requests; download it",
    );
  });
});

Deno.test("openByteSource() finds an empty file empty", async () => {
  await withServer((request) => answerRange(request, new Uint8Array(0)), async (origin) => {
    assertEquals((await openByteSource(`${origin}/a.bin`)).size, 0);
  });
});

Deno.test("openByteSource() throws when the server has no such file or is not there", async () => {
  let gone = "";
  await withServer(() => new Response(null, { status: 404 }), async (origin) => {
    gone = origin;
    await assertRejects(
      () => openByteSource(`${origin}/none.bin`, CheckpointError),
      CheckpointError,
      `${origin}/none.bin: the server answered HTTP 404`,
    );
  });
  await assertRejects(
    () => openByteSource(`${gone}/a.bin`),
    DataError,
    `Cannot read ${gone}/a.bin`,
  );
});

Deno.test("UrlSource throws when the file changes between requests", async () => {
  const changed = (request: Request, requests: number) =>
    answerRange(request, CONTENT, `"${requests}"`);
  const shrunk = (request: Request, requests: number) =>
    answerRange(request, requests === 0 ? CONTENT : CONTENT.slice(0, 180_000));
  const whole = (request: Request, requests: number) =>
    requests === 0 ? answerRange(request, CONTENT) : new Response(CONTENT);
  for (const answer of [changed, shrunk, whole]) {
    await withServer(answer, async (origin) => {
      const source = await openByteSource(`${origin}/a.bin`);
      await assertRejects(() => read(source, 100_000, 10), DataError, "may have changed");
    });
  }
});

Deno.test("UrlSource throws when the server sends less than it promises", async () => {
  await withServer((request, requests) => {
    const response = answerRange(request, CONTENT);
    if (requests === 0) return response;
    return new Response(new Uint8Array(4), { status: 206, headers: response.headers });
  }, async (origin) => {
    const source = await openByteSource(`${origin}/a.bin`);
    await assertRejects(() => read(source, 100_000, 10), DataError, "sent 4 bytes");
  });
});

Deno.test("memorySource() reads bytes in memory", async () => {
  const source = memorySource(CONTENT, "here");
  assertEquals(source.name, "here");
  await assertReads(source, CONTENT);
});
