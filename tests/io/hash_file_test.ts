import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { hashFile } from "../../lib/io/hash_file.ts";
import { sha256Hex } from "../../lib/system/sha256.ts";
import { withFolder } from "../testing/folder.ts";

Deno.test("hashFile() gives the SHA-256 of a file, on disk or on a web server", () =>
  withFolder(async (folder) => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, i) => i * 31);
    const path = `${folder}/x.bin`;
    await Deno.writeFile(path, bytes);
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response(bytes),
    );
    const address = `http://127.0.0.1:${server.addr.port}/x.bin`;
    for (const location of [path, address]) {
      assertEquals(await hashFile(location, CheckpointError), await sha256Hex(bytes));
    }
    await assertRejects(() => hashFile(`${folder}/y`, CheckpointError), CheckpointError, "/y");
  }));
