/**
 * What servers say of the time to wait.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { requestedWait } from "../../lib/net/rate_limit.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

function waitOf(status: number, headers: Record<string, string>): number | null {
  return requestedWait(status, new Headers(headers), NOW);
}

Deno.test("requestedWait() reads Retry-After in seconds and as a date, whatever the status", () => {
  for (const status of [408, 429, 500, 503]) {
    assertEquals(waitOf(status, { "retry-after": "30" }), 30_000);
    assertEquals(waitOf(status, { "retry-after": "0" }), 0);
    assertEquals(waitOf(status, { "retry-after": "Thu, 01 Jan 2026 12:01:30 GMT" }), 90_000);
    // What has passed already is no reason to wait.
    assertEquals(waitOf(status, { "retry-after": "Thu, 01 Jan 2026 11:00:00 GMT" }), 0);
  }
  assertEquals(waitOf(429, { "retry-after": "soon" }), null);
  assertEquals(waitOf(429, {}), null);
});

Deno.test("requestedWait() reads the limits of every draft of RateLimit", () => {
  const cases: [string, number | null][] = [
    ['"api";r=0;t=20', 20_000],
    ['"api"; r=0; t=20', 20_000],
    ['"api";t=20;r=0', 20_000],
    // The longest of those that are used up.
    ['"api";r=0;t=20, "pages";r=0;t=45, "resolvers";r=9;t=300', 45_000],
    ["limit=100, remaining=0, reset=20", 20_000],
    ["r=0; t=7", 7000],
    ["limit=100;w=300", null],
    ["", null],
  ];
  for (const [ratelimit, expected] of cases) {
    assertEquals(waitOf(429, { ratelimit }), expected, ratelimit);
  }
});

Deno.test("requestedWait() does not take a limit that is not used up for a reason to wait", () => {
  assertEquals(waitOf(503, { ratelimit: '"api";r=499;t=280' }), null);
  assertEquals(waitOf(503, { ratelimit: '"api";r=0;t=20' }), 20_000);
  // A server that refuses has its reasons.
  assertEquals(waitOf(429, { ratelimit: '"api";r=1;t=20' }), 20_000);
});

Deno.test("requestedWait() reads RateLimit-Reset as a span or as a moment, and Retry-After first", () => {
  assertEquals(waitOf(429, { "ratelimit-reset": "20" }), 20_000);
  assertEquals(waitOf(429, { "x-ratelimit-reset": `${NOW / 1000 + 20}` }), 20_000);
  assertEquals(waitOf(429, { "x-ratelimit-reset": `${NOW + 20_000}` }), 20_000);
  assertEquals(waitOf(503, { "ratelimit-reset": "20" }), null);
  const all = { "retry-after": "5", "ratelimit": '"api";r=0;t=20', "ratelimit-reset": "60" };
  assertEquals(waitOf(429, all), 5000);
});
