import { assertEquals, assertThrows } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { serveSite } from "../../tasks/site/serve.ts";
import { withFolder } from "../testing/folder.ts";

/** Serves a folder with a page and a model, beside a file that is none of its own. */
async function withServer(
  test: (get: (path: string) => Promise<Response>, address: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/site/model.1`, { recursive: true });
    await Deno.writeTextFile(`${folder}/site/index.html`, "the page");
    await Deno.writeTextFile(`${folder}/site/.hidden`, "no");
    await Deno.writeTextFile(`${folder}/site/model.1/state.json`, "{}");
    await Deno.writeTextFile(`${folder}/secret.txt`, "no");
    const stop = new AbortController();
    const { address, finished } = serveSite(`${folder}/site`, { port: 0, signal: stop.signal });
    try {
      await test((path) => fetch(address + path), address);
    } finally {
      stop.abort();
      await finished;
    }
  });
}

Deno.test("serveSite() serves the page and files with their kinds of content", () =>
  withServer(async (get) => {
    const answers = await Promise.all(["", "index.html", "model.1/state.json"].map(get));
    assertEquals(
      await Promise.all(answers.map(async (each) => [
        each.status,
        each.headers.get("content-type"),
        await each.text(),
      ])),
      [
        [200, "text/html; charset=utf-8", "the page"],
        [200, "text/html; charset=utf-8", "the page"],
        [200, "application/json", "{}"],
      ],
    );
  }));

Deno.test("serveSite() serves nothing that is not there, is hidden or lies elsewhere", () =>
  withServer(async (get) => {
    const paths = [
      "none.js",
      "model.1",
      "model.1/",
      ".hidden",
      "..%2fsecret.txt",
      "%2e%2e/secret.txt",
    ];
    for (const path of paths) {
      const answer = await get(path);
      assertEquals([answer.status, await answer.text()], [404, "Not found\n"], path);
    }
  }));

Deno.test("serveSite() names the flag of a port that is not free", () =>
  withServer((_get, address) => {
    const port = Number(new URL(address).port);
    assertThrows(() => serveSite(".", { port }), FlmError, `--port ${port}: another program`);
    return Promise.resolve();
  }));
