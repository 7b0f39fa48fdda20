/**
 * Files of models in the cache: what is kept was checked, and what is wrong is fetched again.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError, DataError, FlmError } from "../../lib/errors.ts";
import { FolderLock } from "../../lib/system/folder_lock.ts";
import { openModelFolder } from "../../lib/hub/hub.ts";
import { readText } from "../../lib/io/read_text.ts";
import { writeSafetensors } from "../../lib/safetensors/writer.ts";
import { withFolder } from "../testing/folder.ts";

const TOKEN = "hf_secret";

const POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12345\n";

/** A hub that answers every path with the same body, and counts how often it was asked. */
function serve() {
  const hub = { answer: () => new Response("{}"), requests: 0 };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    hub.requests++;
    return hub.answer();
  });
  return Object.assign(hub, {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

/** Runs a test with a hub, and a folder of a model on it. */
async function withHub(
  test: (hub: ReturnType<typeof serve>, cache: string) => Promise<void>,
): Promise<void> {
  await using hub = serve();
  await withFolder((cache) => test(hub, cache));
}

function open(endpoint: string, cacheFolder: string) {
  return openModelFolder("owner/model", { endpoint, cacheFolder, token: TOKEN });
}

Deno.test("ModelFolder.file() keeps nothing that is not what its name says", () =>
  withHub(async (hub, cache) => {
    const folder = await open(hub.endpoint, cache);
    const bad: [string, () => Response, string][] = [
      [
        "config.json",
        () => new Response(" <html>Log in</html>"),
        "it is a page of HTML. Check the",
      ],
      ["vocab.txt", () => new Response("<!DOCTYPE html>"), "it is a page of HTML"],
      ["model.safetensors", () => new Response(POINTER), "it is a Git LFS pointer"],
      ["config.json", () => new Response("<oops>"), 'it is not JSON, it begins "<oops>"'],
      ["config.json", () => new Response('{"a": '), "it is not JSON"],
      ["model.safetensors", () => new Response("Please log in"), "it is not a safetensors file"],
      ["model.safetensors", () => new Response("x"), "it has only 1 bytes"],
    ];
    for (const [name, answer, message] of bad) {
      hub.answer = answer;
      await assertRejects(() => folder.file(name), DataError, message);
      await assertRejects(
        () => folder.file(name),
        DataError,
        `What ${hub.endpoint}/owner/model/resolve/main/${name} gives is not kept: `,
      );
    }
    hub.answer = () => new Response('{"right": true}');
    const path = await folder.file("config.json");
    assertEquals(await Deno.readTextFile(path), '{"right": true}');
  }));

Deno.test("ModelFolder.file() fetches again what proves wrong in the cache", () =>
  withHub(async (hub, cache) => {
    const folder = await open(hub.endpoint, cache);
    const config = await folder.file("config.json");
    const path = `${cache}/weights`;
    await writeSafetensors(
      path,
      [{ name: "w", dtype: "F32", shape: [2] }],
      () => Float32Array.of(1, 2),
    );
    const weights = await Deno.readFile(path);
    hub.answer = () => new Response(weights);
    const model = await folder.file("model.safetensors");
    hub.requests = 0;
    await folder.file("model.safetensors");
    assertEquals(hub.requests, 0);

    // Left by an older version or a disk: a page, and weights that are cut.
    await Deno.writeTextFile(config, "<html>Please log in</html>");
    await Deno.truncate(model, weights.length - 1);
    assertEquals(await Deno.readFile(await folder.file("model.safetensors")), weights);
    hub.answer = () => new Response('{"right": true}');
    assertEquals(await Deno.readTextFile(await folder.file("config.json")), '{"right": true}');
    assertEquals(hub.requests, 2);

    // What is wrong for whoever asks is wrong.
    const check = async (path: string) => {
      const text = await readText(path, CheckpointError);
      if (!text.includes("gpt2")) throw new CheckpointError(`${path} is of no GPT-2`);
    };
    await assertRejects(() => folder.file("config.json", check), DataError, "is of no GPT-2");
    hub.answer = () => new Response('{"model_type": "gpt2"}');
    await folder.file("config.json", check);
  }));

Deno.test("ModelFolder.file() says of a damaged file that it cannot be fetched again", () =>
  withHub(async (hub, cache) => {
    const path = await (await open(hub.endpoint, cache)).file("config.json");
    await Deno.writeTextFile(path, "<oops>");
    hub.answer = () => new Response(null, { status: 403 });
    const folder = await open(hub.endpoint, cache);
    await assertRejects(
      () => folder.file("config.json"),
      DataError,
      `Cannot read ${path}: it is not JSON, it begins "<oops>". It cannot be fetched again: `,
    );
    assertEquals(await Deno.readTextFile(path), "<oops>");
  }));

Deno.test("ModelFolder.find() remembers what a hub did not have for when it is away", () =>
  withHub(async (hub, cache) => {
    const folder = await open(hub.endpoint, cache);
    hub.answer = () => new Response(null, { status: 403 });
    await assertRejects(() => folder.find("tokenizer.json"), DataError, "HTTP 403");
    hub.answer = () => new Response(null, { status: 404 });
    assertEquals(await folder.find("tokenizer.json"), undefined);
    hub.answer = () => new Response(null, { status: 403 });
    assertEquals(await folder.find("tokenizer.json"), undefined);
    await assertRejects(() => folder.find("vocab.json"), DataError, "HTTP 403");
    hub.answer = () => new Response("{}");
    assertEquals((await folder.find("tokenizer.json"))?.endsWith("tokenizer.json"), true);
  }));

Deno.test("ModelFolder.file() does not let a server lead it to local files", () =>
  withHub(async (hub, cache) => {
    const secret = `${cache}/secret`;
    await Deno.writeTextFile(secret, "{}");
    hub.answer = () =>
      new Response(null, { status: 302, headers: { location: `file://${secret}` } });
    const folder = await open(hub.endpoint, cache);
    await assertRejects(
      () => folder.file("config.json"),
      DataError,
      `the server redirects to file://${secret}, expected an http(s) address`,
    );
    assertEquals(hub.requests, 1);
  }));

Deno.test("ModelFolder.file() stops with the reason that it is given", () =>
  withHub(async (hub, cacheFolder) => {
    const stopped = new AbortController();
    const reason = new FlmError("Interrupted.");
    hub.answer = () => new Response(null, { status: 503 });
    const folder = await openModelFolder("owner/model", {
      endpoint: hub.endpoint,
      cacheFolder,
      signal: stopped.signal,
      onWait: () => stopped.abort(reason),
    });
    assertEquals(await folder.file("config.json").catch((error) => error), reason);
  }));

Deno.test("ModelFolder.file() is fetched by one process at a time", () =>
  withHub(async (hub, cache) => {
    const kept = `${cache}/owner--model/main`;
    const folder = await open(hub.endpoint, cache);
    {
      using _other = await FolderLock.take(kept, () => new DataError("taken"));
      await assertRejects(
        () => folder.file("config.json"),
        DataError,
        `is fetching files into ${kept}: wait until it is done, then try again.`,
      );
    }
    assertEquals(hub.requests, 0);
    const path = await folder.file("config.json");
    // What is there already is nobody's business.
    using _other = await FolderLock.take(kept, () => new DataError("taken"));
    assertEquals(await folder.file("config.json"), path);
    assertEquals(hub.requests, 1);
  }));
