/**
 * Judges as a command line names them.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { findJudge } from "../../tasks/gen_ppl/judge.ts";
import { withFolder } from "../testing/folder.ts";
import { deno } from "../testing/program.ts";

Deno.test("findJudge() says at once what is fetched from where, and that it waits", () =>
  withFolder(async (folder) => {
    let requests = 0;
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => {
        const headers = { "retry-after": "0" };
        return new Response(null, requests++ === 0 ? { status: 503, headers } : { status: 403 });
      },
    );
    const endpoint = `http://127.0.0.1:${server.addr.port}`;
    const program = `
      import { findJudge } from "./tasks/gen_ppl/judge.ts";
      const options = { revision: null, signal: new AbortController().signal };
      const judge = await findJudge("gpt2", options);
      await judge.identity().catch((error) => console.error(error.message));`;
    const { stderr } = await deno(["eval", program], {
      env: { HF_ENDPOINT: endpoint, XDG_CACHE_HOME: folder },
    });
    const address = `${endpoint}/gpt2/resolve/main/config.json`;
    const kept = `${folder}/flm/hub/gpt2/main`;
    assertEquals(stderr.trimEnd().split("\n"), [
      `Fetching gpt2 from ${address}, to be kept as ${kept}/config.json`,
      `${address}: the server answered HTTP 503 Service Unavailable; try again later. Next ` +
      `attempt in 1 s (1 of 12 failed).`,
      `Cannot read ${address}: the server answered HTTP 403 Forbidden; does it need a token ` +
      `(HF_TOKEN)? (2 attempts). It is not kept in ${kept} either; a folder with the files of ` +
      `the model does as well.`,
    ]);
  }));

Deno.test("findJudge() refuses a revision of what has none", () =>
  withFolder(async (folder) => {
    const find = (name: string) =>
      findJudge(name, { revision: "main", signal: new AbortController().signal });
    assertEquals((await find("gpt2-large")).revision, "main");
    await assertRejects(
      () => find("https://host/gpt2"),
      FlmError,
      "https://host/gpt2 is an address",
    );
    await Deno.writeTextFile(`${folder}/model.safetensors`, "");
    await assertRejects(() => find(folder), FlmError, `${folder} is a folder`);
    await Deno.writeTextFile(`${folder}/latest.json`, "{}");
    await assertRejects(() => find(folder), FlmError, `${folder} is a run`);
  }));
