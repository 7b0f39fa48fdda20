/**
 * Requests that are repeated, and bodies that go on where they broke off.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { download, type RequestedRange, type RetryPolicy } from "../../lib/io/retrying_fetch.ts";

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
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  const { bytes, waits } = await fetched([
    status(503),
    status(500),
    status(429, { "retry-after": "30" }),
    status(408, { "retry-after": "0" }),
    status(429, { "retry-after": date }),
    content(),
  ], { attempts: 6 });
  assertEquals(bytes, CONTENT);
  // An hour is more than anybody waits.
  assertEquals(waits, [1000, 2000, 30_000, 8000, 600_000]);
});

Deno.test("download() gives up when the server keeps failing, and at once when it refuses", async () => {
  await assertRejects(
    () => fetched([status(503)]),
    DataError,
    "Cannot read the file: the server answered HTTP 503 Service Unavailable; try again later " +
      "(4 attempts)",
  );
  for (const code of [401, 403, 404]) {
    const answers = [status(code), content()];
    await assertRejects(() => fetched(answers), DataError, `the server answered HTTP ${code}`);
  }
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
