import { assertEquals, assertRejects } from "@std/assert";
import { listFiles } from "../../../../lib/data/corpora/hub/listing.ts";
import { DataError } from "../../../../lib/errors.ts";

Deno.test("listFiles() takes no more pages than it may", async () => {
  let pages = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const entries = [{ type: "file", path: `${++pages}.parquet`, size: 1 }];
    return Response.json(entries, { headers: { link: `<?page=${pages}>; rel="next"` } });
  });
  const hub = new URL(`http://127.0.0.1:${server.addr.port}/`);
  await assertRejects(() => listFiles(hub, hub, {}, 7), DataError, "that ends within 7 pages");
  assertEquals(pages, 7);
});
