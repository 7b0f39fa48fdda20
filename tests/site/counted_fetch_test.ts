import { assertEquals } from "@std/assert";
import { countedFetch } from "../../tasks/site/worker/counted_fetch.ts";

/** A `fetch` that answers with the range it was asked for. */
const echo: typeof fetch = (input) => {
  const range = (input as Request).headers.get("range") ?? "all";
  return Promise.resolve(new Response(range, { status: 206, headers: { "x-kept": "yes" } }));
};

Deno.test("countedFetch() counts what comes, and leaves the answer as it is", async () => {
  const counts: number[] = [];
  const counted = countedFetch(echo, { onBytes: (n) => counts.push(n), isWhole: () => false });
  const answer = await counted("https://example.org/a", { headers: { range: "bytes=0-9" } });
  assertEquals([answer.status, answer.headers.get("x-kept")], [206, "yes"]);
  assertEquals(counts, []);
  assertEquals(await answer.text(), "bytes=0-9");
  assertEquals(counts, [9]);
});

Deno.test("countedFetch() asks for a file whole where it is told so", async () => {
  const isWhole = (address: string) => address.startsWith("https://example.org/model/");
  const counted = countedFetch(echo, { onBytes() {}, isWhole });
  const init = { headers: { range: "bytes=0-9" } };
  assertEquals(await (await counted("https://example.org/model/a", init)).text(), "all");
  assertEquals(await (await counted("https://example.org/other", init)).text(), "bytes=0-9");
});

Deno.test("countedFetch() passes on an answer that is none", async () => {
  const refusal = new Response("no such file", { status: 404 });
  const options = { onBytes: () => assertEquals(1, 0), isWhole: () => false };
  const counted = countedFetch(() => Promise.resolve(refusal), options);
  assertEquals(await counted("https://example.org/a"), refusal);
});
