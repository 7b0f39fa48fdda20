/**
 * Small text files and their bound.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { isMissing } from "../../lib/net/missing.ts";
import { readText, readTextIfThere } from "../../lib/io/read_text.ts";
import { withFolder } from "../testing/folder.ts";

/** Serves `/small`, `/large` (which says its size), `/endless`, `/broken` and `/binary`. */
function serve() {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    switch (new URL(request.url).pathname) {
      case "/small":
        return new Response("é".repeat(50));
      case "/large":
        return new Response("x".repeat(101));
      case "/endless":
        return new Response(
          new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(64)) }),
        );
      case "/binary":
        return new Response(Uint8Array.of(0x61, 0xc3, 0x28, 0x61));
      case "/broken":
        return new Response(null, { status: 500 });
      default:
        return new Response(null, { status: 404 });
    }
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("readText() reads files and addresses up to a bound", () =>
  withFolder(async (folder) => {
    await using server = serve();
    await Deno.writeTextFile(`${folder}/small`, "é".repeat(50));
    await Deno.writeTextFile(`${folder}/large`, "x".repeat(101));
    await Deno.writeFile(`${folder}/binary`, Uint8Array.of(0x61, 0xc3, 0x28, 0x61));
    for (const place of [folder, `file://${folder}`, server.origin]) {
      const read = (name: string) =>
        readText(`${place}/${name}`, CheckpointError, { maxBytes: 100 });
      assertEquals(await read("small"), "é".repeat(50));
      await assertRejects(
        () => read("large"),
        CheckpointError,
        "it has 101 bytes, at most 100 are expected of such a file",
      );
      await assertRejects(() => read("binary"), CheckpointError, "binary: it is not UTF-8 text");
    }
    await assertRejects(
      () => readText(`${server.origin}/endless`, CheckpointError, { maxBytes: 100 }),
      CheckpointError,
      `Cannot read ${server.origin}/endless: it has 128 or more bytes, at most 100 are expected`,
    );
  }));

Deno.test("isMissing() tells files that are not there from those that cannot be read", () =>
  withFolder(async (folder) => {
    await using server = serve();
    await Deno.writeTextFile(`${folder}/file`, "");
    const errorOf = (location: string) =>
      readText(location, CheckpointError).then(() => undefined, (error) => error);
    for (const location of [`${folder}/none`, `${folder}/file/none`, `${server.origin}/none`]) {
      assertEquals(isMissing(await errorOf(location)), true, location);
    }
    for (const location of [folder, `${server.origin}/broken`, `${server.origin}/binary`]) {
      assertEquals(isMissing(await errorOf(location)), false, location);
    }
    assertEquals(isMissing(new Error("any")), false);
  }));

Deno.test("readTextIfThere() gives nothing where there is no file, and no other failure", () =>
  withFolder(async (folder) => {
    await using server = serve();
    await Deno.writeTextFile(`${folder}/a`, "text");
    assertEquals(await readTextIfThere(`${folder}/a`, CheckpointError), "text");
    for (const missing of [`${folder}/b`, `${server.origin}/none`]) {
      assertEquals(await readTextIfThere(missing, CheckpointError), undefined);
    }
    for (const location of [folder, `${server.origin}/broken`, `${server.origin}/binary`]) {
      await assertRejects(() => readTextIfThere(location, CheckpointError), CheckpointError);
    }
  }));
