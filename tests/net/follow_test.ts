/**
 * Redirections, and who is told who asks.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { follow, redirectTarget, Refusal } from "../../lib/net/follow.ts";

Deno.test("redirectTarget() leaves a protected connection for another one alone", () => {
  const leadsTo = (from: string, location: string) => redirectTarget(new URL(from), location).href;
  assertEquals(leadsTo("http://a/x", "https://b/y"), "https://b/y");
  assertEquals(leadsTo("http://a/x", "http://b/y"), "http://b/y");
  assertEquals(leadsTo("https://a/x/y", "../z?q"), "https://a/z?q");
  assertEquals(leadsTo("https://a/x", "//b/y"), "https://b/y");
  assertThrows(
    () => leadsTo("https://a/x", "http://a/y?secret"),
    Refusal,
    "redirects from https to http://a/y, where others could read and change what comes; give that " +
      "address itself if it is meant",
  );
});

Deno.test("follow() tells its credentials to the server that was asked, and to no other", async () => {
  const seen: [string, string | null][] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { host, pathname, port } = new URL(request.url);
    seen.push([host + pathname, request.headers.get("authorization")]);
    const next = { "/a": "/b", "/b": `http://localhost:${port}/c` }[pathname];
    return next === undefined
      ? new Response("here")
      : new Response(null, { status: 302, headers: { location: next, "x-step": pathname } });
  });
  const { port } = server.addr;
  const steps: (string | null)[] = [];
  const response = await follow(
    new URL(`http://127.0.0.1:${port}/a`),
    new Headers({ authorization: "Bearer secret" }),
    new AbortController().signal,
    (headers) => steps.push(headers.get("x-step")),
  );
  assertEquals(await response.text(), "here");
  assertEquals(seen, [
    [`127.0.0.1:${port}/a`, "Bearer secret"],
    [`127.0.0.1:${port}/b`, "Bearer secret"],
    [`localhost:${port}/c`, null],
  ]);
  assertEquals(steps, ["/a", "/b"]);
});
