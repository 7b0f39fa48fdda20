/**
 * Requests that are repeated, and bodies that go on where they broke off.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { isMissing } from "../../lib/net/missing.ts";
import type { RequestedRange } from "../../lib/net/request.ts";
import { firstContact, PATIENT, type RetryPolicy, type Wait } from "../../lib/net/retry_policy.ts";
import { download } from "../../lib/net/download.ts";

const CONTENT = Uint8Array.from({ length: 10_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

/** What a server does with its requests, one after the other; the last holds for all others. */
type Answer = (request: Request) => Response;

/** Downloads from such a server and says what came and for how long was waited. */
async function fetched(
  answers: Answer[],
  { range, ...policy }: Partial<RetryPolicy> & { range?: RequestedRange } = {},
): Promise<{ bytes: Uint8Array; ranges: (string | null)[]; waits: number[] }> {
  const ranges: (string | null)[] = [];
  const waits: number[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)]!;
    ranges.push(request.headers.get("range"));
    return answer(request);
  });
  const retry = {
    attempts: 4,
    stallMs: 5000,
    sleep(milliseconds: number) {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    ...policy,
  };
  const url = new URL(`http://127.0.0.1:${server.addr.port}/file`);
  const { body } = await download(url, "the file", { retry }, range);
  const bytes = await new Blob(await Array.fromAsync(body)).bytes();
  return { bytes, ranges, waits };
}

/** A server that answers by the number of requests before. */
function serve(answer: (request: Request, before: number) => Response | Promise<Response>) {
  let before = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => answer(request, before++),
  );
  return {
    url: new URL(`http://127.0.0.1:${server.addr.port}/file`),
    get requests() {
      return before;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function textOf(body: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Blob(await Array.fromAsync(body)).text();
}

function status(code: number, headers: HeadersInit = {}): Answer {
  return () => new Response("", { status: code, headers });
}

/** Sends `sent` bytes of what is asked for, of the promised ones; knows ranges unless told not. */
function content({ sent = Infinity, etag = '"1"', ranges = true, hang = false } = {}): Answer {
  return (request) => {
    const match = ranges ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") : null;
    const first = Number(match?.[1] ?? 0);
    const last = match?.[2] ? Number(match[2]) : CONTENT.length - 1;
    const part = CONTENT.subarray(first, last + 1);
    const headers: Record<string, string> = { etag, "content-length": `${part.length}` };
    if (match) headers["content-range"] = `bytes ${first}-${last}/${CONTENT.length}`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(part.subarray(0, sent));
        if (!hang) timer = setTimeout(() => controller.close(), 10);
      },
      cancel: () => clearTimeout(timer),
    });
    return new Response(body, { status: match ? 206 : 200, headers });
  };
}

Deno.test("download() waits longer from attempt to attempt, and as long as the server says", async () => {
  const { bytes, waits } = await fetched([
    status(503),
    status(500),
    status(429, { "retry-after": "30" }),
    status(408, { "retry-after": "0" }),
    status(429, { ratelimit: '"api";r=0;t=20' }),
    status(429, { "retry-after": "3600" }),
    content(),
  ], { attempts: 7 });
  assertEquals(bytes, CONTENT);
  assertEquals(waits, [1000, 2000, 30_000, 8000, 20_000, 3_600_000]);
});

Deno.test("download() gives up at once when it should wait for longer than anybody does", async () => {
  await assertRejects(
    () => fetched([status(429, { "retry-after": "3601" }), content()]),
    DataError,
    "HTTP 429 Too Many Requests; it asks to wait for 3601 s",
  );
});

Deno.test("download() tells who waits for how long and why", async () => {
  await using server = serve((_, before) =>
    before === 0
      ? new Response(null, { status: 429, headers: { ratelimit: '"api";r=0;t=20' } })
      : new Response("content")
  );
  const waits: Wait[] = [];
  const retry = { attempts: 3, stallMs: 5000, sleep: () => Promise.resolve() };
  const { body } = await download(server.url, "the file", {
    retry,
    onWait: (wait) => waits.push(wait),
  });
  assertEquals(await textOf(body), "content");
  assertEquals(waits, [{
    name: "the file",
    reason: "the server answered HTTP 429 Too Many Requests; it asks to wait for 20 s",
    milliseconds: 20_000,
    failures: 1,
    attempts: 3,
  }]);
});

Deno.test("PATIENT ends a pause when it is told to", async () => {
  await using server = serve(() => new Response(null, { status: 503 }));
  const stopped = new AbortController();
  const reason = new Error("enough");
  const found = await download(server.url, "the file", {
    retry: PATIENT,
    signal: stopped.signal,
    onWait: () => setTimeout(() => stopped.abort(reason)),
  }).catch((error) => error);
  assertEquals(found, reason);
});

Deno.test("firstContact() gives up soon when no server is reached, not when one is busy", async () => {
  const waits: number[] = [];
  const retry = {
    attempts: 6,
    stallMs: 5000,
    sleep(milliseconds: number) {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  };
  const server = serve(() => new Response(null, { status: 503 }));
  const access = { retry: firstContact(retry) };
  await assertRejects(() => download(server.url, "the file", access), DataError, "(6 attempts)");
  assertEquals(waits.length, 5);
  await server[Symbol.asyncDispose]();
  waits.length = 0;
  await assertRejects(() => download(server.url, "the file", access), DataError, "(3 attempts)");
  assertEquals(waits, [1000, 2000]);
});

Deno.test("firstContact() does not try again what has taken long already", async () => {
  const silent = Promise.withResolvers<Response>();
  await using server = serve(() => silent.promise);
  const retry = firstContact({ attempts: 5, stallMs: 60, sleep: () => Promise.resolve() });
  assertEquals([retry.attemptsToReach, retry.reachMs], [3, 10_000]);
  await assertRejects(
    () => download(server.url, "the file", { retry: { ...retry, reachMs: 50 } }),
    DataError,
    "nothing came for 0.06 seconds",
  );
  assertEquals(server.requests, 1);
  silent.resolve(new Response());
});

Deno.test("firstContact() is as patient as ever once the server has answered", async () => {
  const serveAt = (port: number) =>
    Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, content({ sent: cut() }));
  let requests = 0;
  const cut = () => requests++ === 0 ? 3000 : Infinity;
  let server = serveAt(0);
  const { port } = server.addr;
  let waits = 0;
  const retry = firstContact({
    attempts: 8,
    stallMs: 5000,
    async sleep() {
      waits++;
      if (waits === 1) await server.shutdown();
      if (waits === 6) server = serveAt(port);
    },
  });
  const url = new URL(`http://127.0.0.1:${port}/file`);
  const { body } = await download(url, "the file", { retry });
  assertEquals(await new Blob(await Array.fromAsync(body)).bytes(), CONTENT);
  assertEquals(waits, 6);
  await server.shutdown();
});

Deno.test("download() gives up when the server keeps failing, and at once when it refuses", async () => {
  await assertRejects(
    () => fetched([status(503)]),
    DataError,
    "Cannot read the file: the server answered HTTP 503 Service Unavailable; try again later " +
      "(4 attempts)",
  );
  for (const code of [401, 403, 404, 407]) {
    const answers = [status(code), content()];
    await assertRejects(() => fetched(answers), DataError, `the server answered HTTP ${code}`);
  }
  const proxy = () => fetched([status(407)]);
  await assertRejects(proxy, DataError, "the proxy wants a name and a password: HTTPS_PROXY=");
});

Deno.test("download() goes on at the byte where a body broke off", async () => {
  const cut = content({ sent: 3000 });
  const whole = await fetched([cut, cut, content()]);
  assertEquals(whole.bytes, CONTENT);
  assertEquals(whole.ranges, [null, "bytes=3000-", "bytes=6000-"]);
  // A byte that came makes the attempts count from the first again.
  assertEquals(whole.waits, [1000, 1000]);

  const part = await fetched([cut, content()], { range: { first: 500, last: 7999 } });
  assertEquals(part.bytes, CONTENT.slice(500, 8000));
  assertEquals(part.ranges, ["bytes=500-7999", "bytes=3500-7999"]);
});

Deno.test("download() reads over what it has when the server knows no ranges", async () => {
  const { bytes } = await fetched([content({ sent: 3000 }), content({ ranges: false })]);
  assertEquals(bytes, CONTENT);
});

Deno.test("download() does not mend a body with that of another file", async () => {
  await assertRejects(
    () => fetched([content({ sent: 3000 }), content({ etag: '"2"' })]),
    DataError,
    "the connection broke after 3000 bytes, and the server no longer gives the rest of the file " +
      "as it was first (HTTP 206)",
  );
});

Deno.test("download() gives up when no byte comes any more", async () => {
  await assertRejects(
    () => fetched([content({ sent: 3000 }), content({ sent: 0 })], { attempts: 3 }),
    DataError,
    "3 times in a row",
  );
});

Deno.test("download() takes a silent connection for a broken one", async () => {
  const { bytes } = await fetched([content({ sent: 3000, hang: true }), content()], {
    stallMs: 200,
  });
  assertEquals(bytes, CONTENT);
});

Deno.test("download() follows redirections to web servers alone", async () => {
  const cases: [string, string][] = [
    ["file:///etc/hostname", "redirects to file:///etc/hostname, expected an http(s) address"],
    ["data:text/plain,here", "redirects to data:text/plain,here, expected an http(s) address"],
    ["blob:null/x", "redirects to blob:null/x, expected an http(s) address"],
    ["http://[::", 'redirects to "http://[::", which is no address'],
    ["/file", "redirects more than 8 times"],
  ];
  for (const [location, message] of cases) {
    for (const code of [301, 302, 303, 307, 308]) {
      await using server = serve(() => new Response(null, { status: code, headers: { location } }));
      const retry = { attempts: 3, stallMs: 5000, sleep: () => Promise.resolve() };
      await assertRejects(
        () => download(server.url, "the file", { retry }),
        DataError,
        `Cannot read the file: the server ${message}`,
      );
      // Another attempt would come to the same.
      assertEquals(server.requests, location === "/file" ? 9 : 1);
    }
  }
});

Deno.test("download() does not take a body for the file that is longer than was promised", async () => {
  // As much as is read, without end.
  const endless = () =>
    new ReadableStream<Uint8Array>({ pull: (stream) => stream.enqueue(new Uint8Array(1000)) });
  await using server = serve(() =>
    new Response(endless(), {
      status: 206,
      headers: { "content-range": "bytes 0-4999/10000" },
    })
  );
  const { body } = await download(server.url, "the file", {}, { first: 0, last: 4999 });
  await assertRejects(
    () => Array.fromAsync(body),
    DataError,
    "Cannot read the file: the server sends more than the 5000 bytes it promised",
  );
});

Deno.test("download() uses no range that cannot be, and no part that nobody asked for", async () => {
  for (const range of ["bytes 9-0/10", "bytes 0-10/10", "bytes 0-9/99999999999999999999", "0-9"]) {
    await using server = serve(() =>
      new Response("0123456789", { status: 206, headers: { "content-range": range } })
    );
    const answer = await download(server.url, "the file", {}, { first: 0, last: 9 });
    assertEquals(answer.range, null, range);
    await answer.cancel();
    await assertRejects(
      () => download(server.url, "the file"),
      DataError,
      "the server sent a part of it, unasked",
    );
  }
});

Deno.test("download() takes no refusal of a range for a file", async () => {
  const answer = () => new Response("no such range", { status: 416 });
  await assertRejects(() => fetched([answer]), DataError, "the server answered HTTP 416");
  const { bytes } = await fetched([answer], { range: { first: 5 } });
  assertEquals(bytes.length, 13);
});

Deno.test("download() gives up on a server that takes a request and says nothing", async () => {
  const answered = Promise.withResolvers<Response>();
  await using server = serve(() => answered.promise);
  const retry = { attempts: 2, stallMs: 50, sleep: () => Promise.resolve() };
  await assertRejects(
    () => download(server.url, "the file", { retry }),
    DataError,
    "Cannot read the file: nothing came for 0.05 seconds (2 attempts)",
  );
  answered.resolve(new Response());
});

Deno.test("download() gives up on a server that lets its bytes drip", async () => {
  const drip = () => {
    let timer: ReturnType<typeof setInterval>;
    return new ReadableStream<Uint8Array>({
      start(stream) {
        timer = setInterval(() => stream.enqueue(new Uint8Array(1)), 5);
      },
      cancel: () => clearInterval(timer),
    });
  };
  await using server = serve(() => new Response(drip()));
  const retry = { attempts: 2, stallMs: 500, sleep: () => Promise.resolve() };
  const { body } = await download(server.url, "the file", { retry });
  await assertRejects(
    () => Array.fromAsync(body),
    DataError,
    "bytes came for 0.5 seconds, 2 times in a row",
  );
});

Deno.test("download() decodes what a server sends compressed", async () => {
  const text = "Text that is long enough. ".repeat(500);
  for (const [encoding, format] of [["gzip", "gzip"], ["x-gzip", "gzip"], ["deflate", "deflate"]]) {
    const stream = new Blob([text]).stream();
    const bytes = await new Response(
      stream.pipeThrough(new CompressionStream(format as CompressionFormat)),
    ).bytes();
    const headers = { "content-encoding": encoding! };
    await using server = serve(() => new Response(bytes, { headers }));
    const answer = await download(server.url, "the file");
    assertEquals(await textOf(answer.body), text);
    // Nobody has said how long the text is.
    assertEquals([answer.length, answer.range], [null, null]);

    // A file that is compressed itself comes as it is.
    if (format !== "gzip") continue;
    const own = await download(new URL("/file.txt.gz", server.url), "the file");
    assertEquals(await new Blob(await Array.fromAsync(own.body)).bytes(), bytes);
  }
});

Deno.test("download() names an encoding that it does not know, and one that is not true", async () => {
  for (
    const [encoding, message] of [
      ["compress", "the server sends it encoded as compress, which is not read here"],
      ["gzip", "the server says that it sends it as gzip, but the bytes are not"],
    ]
  ) {
    await using server = serve(() =>
      new Response("plain text", { headers: { "content-encoding": encoding! } })
    );
    const { body } = await download(server.url, "the file");
    await assertRejects(() => textOf(body), DataError, `Cannot read the file: ${message}`);
  }
});

Deno.test("download() does not take a web page for a file", async () => {
  const pages = ["<!DOCTYPE html><html>app</html>", "\n <html>Please log in</html>", "<!-- -->"];
  for (const page of pages) {
    const headers = { "content-type": "text/html; charset=utf-8" };
    await using server = serve(() => new Response(page, { headers }));
    const error = await download(server.url, "the file").catch((error) => error);
    assertEquals(error.constructor, DataError);
    assertEquals(
      error.message,
      "Cannot read the file: the server answered with a web page (HTML), not with the file; check " +
        "the address, and whether a login or the portal of a network stands before it",
    );
    assertEquals(isMissing(error), true);
  }
  // Some servers call everything so that they do not know, and some texts are pages.
  for (const [type, text] of [["text/html", '{"a": 1}'], ["text/plain", pages[0]!]] as const) {
    await using server = serve(() => new Response(text, { headers: { "content-type": type } }));
    assertEquals(await textOf((await download(server.url, "the file")).body), text);
  }
});
