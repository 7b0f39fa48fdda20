/**
 * Corpora on the hub, served from this machine.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { CorpusPart } from "../../../lib/data/corpus.ts";
import { type HubLocation, openHubCorpus } from "../../../lib/data/corpora/hub.ts";
import { ConfigError, DataError } from "../../../lib/errors.ts";
import type { RetryPolicy } from "../../../lib/net/retry_policy.ts";
import { withFolder } from "../../testing/folder.ts";
import { type HubServer, type HubServerOptions, serveHub, SHA } from "../../testing/hub_server.ts";
import { deno } from "../../testing/program.ts";

const DATASET = "owner/some-texts";
const LOCATION: HubLocation = {
  kind: "hub",
  dataset: DATASET,
  config: null,
  revision: "main",
  trainSplit: "train",
  validationSplit: null,
  field: "text",
};
const TEXTS = Array.from({ length: 500 }, (_, i) => `Text ${i}: ${"é word ".repeat(i % 13)}`);

function parquet(texts: (string | null)[]): Uint8Array<ArrayBuffer> {
  const columnData = [{ name: "text", data: texts, type: "STRING" as const, nullable: true }];
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 50 }));
}

const FILES = {
  "README.md": new TextEncoder().encode("# Some texts"),
  "plain_text/train/0001.parquet": parquet(TEXTS.slice(200, 400)),
  "plain_text/train/0000.parquet": parquet(TEXTS.slice(0, 200)),
  "plain_text/test/0000.parquet": parquet(TEXTS.slice(400)),
};

function hub(options: Partial<HubServerOptions> = {}): HubServer {
  return serveHub({ dataset: DATASET, files: FILES, ...options });
}

/** Never really waits, but notes for how long it should have. */
function noWait(attempts = 5): RetryPolicy & { waits: number[] } {
  const waits: number[] = [];
  return {
    attempts,
    stallMs: 5000,
    waits,
    sleep(milliseconds) {
      waits.push(milliseconds);
      return Promise.resolve();
    },
  };
}

function open(server: HubServer, location: Partial<HubLocation> = {}, retry = noWait()) {
  const both = { revision: "refs/convert/parquet", validationSplit: "test" };
  return openHubCorpus({ ...LOCATION, ...both, ...location }, {
    endpoint: server.endpoint,
    token: "hf_secret",
    retry,
  });
}

Deno.test("openHubCorpus() stops waiting for a busy hub when it is told to", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(null, { status: 503, headers: { "retry-after": "600" } }),
  );
  const stopped = new AbortController();
  const reason = new Error("enough");
  const sleep = () => {
    stopped.abort(reason);
    return new Promise<void>(() => {});
  };
  const corpus = openHubCorpus(LOCATION, {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    retry: { attempts: 5, stallMs: 5000, sleep },
    signal: stopped.signal,
  });
  assertEquals(await corpus.identity().catch((error) => error), reason);
});

async function textsOf(parts: readonly CorpusPart[], skip = 0): Promise<string[]> {
  const texts = [];
  for (const part of parts) {
    for await (const { text } of part.pieces(skip)) texts.push(text);
  }
  return texts;
}

Deno.test("openHubCorpus() reads the splits of a data set in order, over pages of files", async () => {
  await using server = hub({ pageSize: 2 });
  const corpus = open(server);
  const { train, validation } = await corpus.parts();
  assertEquals(train.map(({ name, documents }) => [name, documents]), [
    [`${DATASET}/plain_text/train/0000.parquet`, 200],
    [`${DATASET}/plain_text/train/0001.parquet`, 200],
  ]);
  assertEquals(await textsOf(train), TEXTS.slice(0, 400));
  assertEquals(await textsOf(validation!), TEXTS.slice(400));
  assertEquals(server.requests.filter(({ path }) => path.includes("/tree/")).length, 3);
  assertEquals((await open(server, { validationSplit: null }).parts()).validation, null);
});

Deno.test("openHubCorpus() stays at the hub that it was given, whatever it links to", async () => {
  const links: ((next: URL) => string)[] = [
    (next) => `<https://huggingface.co${next.pathname}${next.search}>; rel="next"`,
    (next) => `<${next.pathname}${next.search}>; rel=next`,
    (next) => `<${next}&x>; rel="prev", <${next}>; title="a"; rel="last next"`,
  ];
  for (const link of links) {
    await using server = hub({ pageSize: 2, link });
    const { train } = await open(server).parts();
    assertEquals(train.length, 2);
    const pages = server.requests.filter(({ path }) => path.includes("/tree/"));
    assertEquals(
      pages.map(({ authorization }) => authorization),
      Array(3).fill("Bearer hf_secret"),
    );
  }
});

Deno.test("openHubCorpus() asks nobody else, by whatever path", async () => {
  await using server = hub({
    pageSize: 2,
    link: () => '<https://huggingface.co//other.invalid/page?cursor=2>; rel="next"',
  });
  await assertRejects(
    () => open(server).parts(),
    DataError,
    `${server.endpoint}//other.invalid/page: the server answered HTTP 404`,
  );
});

Deno.test("openHubCorpus() leaves a listing without end", async () => {
  const cases: [(next: URL, page: number) => string, string][] = [
    [(next) => `<${next.pathname}?recursive=true>; rel="next"`, "it does not give anything new"],
    [() => `<?recursive=true&cursor=0&n=${n++}>; rel="next"`, "it does not give anything new"],
    [() => '<http://[::>; rel="next"', 'the address of its next page, but "http://[::"'],
  ];
  let n = 0;
  for (const [link, message] of cases) {
    await using server = hub({ pageSize: 1, link: (next) => link(next, n) });
    await assertRejects(() => open(server).parts(), DataError, message);
  }
});

Deno.test("openHubCorpus() names what is wrong with an answer of the hub", async () => {
  const cases: [string, unknown, string][] = [
    ["/revision/", [], "the document: expected a mapping of keys, found the list []"],
    ["/revision/", { sha: 7 }, "sha: expected a hash in hexadecimal digits, found 7"],
    ["/revision/", null, "sha is missing"],
    ["/tree/", { error: "no" }, "entries: expected a list"],
    ["/tree/", [null], "entries[0].type is missing"],
    ["/tree/", [{ type: "file", path: 3, size: 1 }], "entries[0].path: expected text, found 3"],
    ["/tree/", [{ type: "file", path: "a" }], "it does not give the size of a"],
    ["/tree/", [{ type: "file", path: "a", size: -1 }], "entries[0].size: expected an integer"],
  ];
  for (const [part, body, message] of cases) {
    await using server = hub({
      mood: ({ path }) => path.includes(part) ? Response.json(body) : undefined,
    });
    const error = await open(server).parts().catch((error) => error);
    assertEquals(error.constructor, DataError);
    assertStringIncludes(error.message, message);
    assertStringIncludes(error.message, "Check that HF_ENDPOINT is a hub.");
  }
  const text = (body: string, type: string) =>
    hub({ mood: () => new Response(body, { headers: { "content-type": type } }) });
  await using page = text("<html>Log in</html>", "text/html");
  await assertRejects(() => open(page).parts(), DataError, "answered with a web page (HTML)");
  await using cut = text('{"sha": ', "application/json");
  await assertRejects(() => open(cut).parts(), DataError, "it does not give JSON");
});

Deno.test("openHubCorpus() reads a repository as its README and its names say", async () => {
  const texts = [TEXTS.slice(0, 10), TEXTS.slice(10, 20), TEXTS.slice(20, 30)];
  const files = {
    "train/part-00000.parquet": parquet(texts[0]!),
    "train/part-00001.parquet": parquet(texts[1]!),
    "held/x.parquet": parquet(texts[2]!),
  };
  const main = { revision: "main", validationSplit: null };
  await using named = hub({ files, revision: "main" });
  assertEquals(await textsOf((await open(named, main).parts()).train), texts.slice(0, 2).flat());

  const readme = `---\nlicense: mit\nconfigs:\n- config_name: odd\n  data_files:\n` +
    `  - split: train\n    path: held/*\n  - split: test\n    path: train/**\n---\n# Texts\n`;
  const described = { ...files, "README.md": new TextEncoder().encode(readme) };
  await using told = hub({ files: described, revision: "main" });
  const corpus = open(told, { ...main, validationSplit: "test" });
  const { train, validation } = await corpus.parts();
  assertEquals(await textsOf(train), texts[2]);
  assertEquals(await textsOf(validation!), texts.slice(0, 2).flat());
  assertEquals(await corpus.identity(), `hub:${DATASET}@${SHA}:["odd","train","test","text"]`);
});

Deno.test("openHubCorpus() validates with no file that it trains on", async () => {
  await using server = hub({
    files: { "a/train_test.parquet": parquet(["a"]) },
    revision: "main",
  });
  await assertRejects(
    () => open(server, { revision: "main" }).parts(),
    ConfigError,
    'has a/train_test.parquet in "train" and in "test": set data.source.validationSplit',
  );
});

Deno.test("openHubCorpus() skips documents", async () => {
  await using server = hub();
  const { train } = await open(server).parts();
  for (const skip of [1, 49, 50, 123, 199, 200]) {
    assertEquals(await textsOf([train[1]!], skip), TEXTS.slice(200 + skip, 400), `skip ${skip}`);
  }
});

Deno.test("openHubCorpus() is identified by its commit and what is read of it", async () => {
  await using server = hub();
  const identity = await open(server).identity();
  assertEquals(identity, `hub:${DATASET}@${SHA}:["plain_text","train","test","text"]`);
  assert(identity !== await open(server, { validationSplit: null }).identity());
});

Deno.test("openHubCorpus() gives its token to the hub alone", async () => {
  await using server = hub();
  await textsOf((await open(server).parts()).train);
  for (const host of ["hub", "cdn"] as const) {
    const seen = server.requests.filter((request) => request.host === host);
    assert(seen.length > 5);
    const expected = host === "hub" ? "Bearer hf_secret" : null;
    assertEquals([...new Set(seen.map(({ authorization }) => authorization))], [expected]);
  }
});

Deno.test("openHubCorpus() outlasts busy servers", async () => {
  const busy = () => new Response("", { status: 429, headers: { "retry-after": "7" } });
  const down = () => new Response("", { status: 503 });
  await using server = hub({
    mood: (_, before) => before % 3 === 0 ? busy() : before % 7 === 1 ? down() : undefined,
  });
  const retry = noWait();
  assertEquals(await textsOf((await open(server, {}, retry).parts()).train), TEXTS.slice(0, 400));
  // The wait that the server asks for, else one that grows from a second on.
  assertEquals(retry.waits.slice(0, 2), [7000, 2000]);
});

Deno.test("openHubCorpus() goes on where a connection broke", async () => {
  let cuts = 0;
  await using server = hub({
    mood: ({ host, range }) => {
      const [first = 0, last = 0] = range?.match(/\d+/g)?.map(Number) ?? [];
      if (host !== "cdn" || last - first < 1000) return;
      cuts++;
      return "cut";
    },
  });
  const { train } = await open(server).parts();
  assertEquals(await textsOf(train), TEXTS.slice(0, 400));
  const ranges = server.requests.filter(({ host }) => host === "cdn").map(({ range }) => range!);
  assert(cuts > 4);
  // A range after a cut begins later and ends at the same byte.
  const [first, second] = ranges.filter((range) => range.endsWith(ranges[0]!.split("-")[1]!))
    .map((range) => Number(/\d+/.exec(range)![0]));
  assert(second! > first!, `${second} after ${first}`);
});

Deno.test("openHubCorpus() gives up in the end", async () => {
  await using server = hub({ mood: () => new Response("", { status: 500 }) });
  const retry = noWait(3);
  await assertRejects(
    () => open(server, {}, retry).parts(),
    DataError,
    "HTTP 500 Internal Server Error; try again later (3 attempts)",
  );
  assertEquals(retry.waits, [1000, 2000]);
});

Deno.test("openHubCorpus() counts rows without text as faulty documents", async () => {
  await using server = hub({
    files: { "data/train-00000-of-00001.parquet": parquet(["a", null, "c"]) },
  });
  const { train } = await open(server, { validationSplit: null }).parts();
  const pieces = await Array.fromAsync(train[0]!.pieces(0));
  assertEquals(pieces.map(({ text }) => text), ["a", "", "c"]);
  assertStringIncludes(
    pieces[1]!.fault!,
    `Row 1 of ${DATASET}/data/train-00000-of-00001.parquet has no text`,
  );
});

Deno.test("openHubCorpus() says what to do when the hub refuses", async () => {
  await using server = hub({
    mood: ({ path }) =>
      path.includes("/private/")
        ? new Response("", { status: 401 })
        : path.includes("/gated/")
        ? new Response("", { status: 403 })
        : undefined,
  });
  const cases: [string, Partial<HubLocation>][] = [
    ["HF_TOKEN may not read the data set private/x: accept its terms", { dataset: "private/x" }],
    ["HF_TOKEN may not read the data set gated/x: accept its terms", { dataset: "gated/x" }],
    ["there is no data set a/b, or the hub has not converted it", { dataset: "a/b" }],
    ["some-texts with a revision v2; check data.source.dataset", { revision: "v2" }],
    ['has no column "content": it has text. Set data.source.field', { field: "content" }],
  ];
  for (const [message, location] of cases) {
    await assertRejects(() => open(server, location).parts(), DataError, message);
  }
});

Deno.test("openHubCorpus() does not show what an address holds besides", async () => {
  await using server = hub({ mood: () => new Response("[]") });
  const endpoint = server.endpoint.replace("//", "//name:secret@");
  const corpus = openHubCorpus(open(server).location as HubLocation, { endpoint, retry: noWait() });
  const error = await assertRejects(() => corpus.identity(), DataError, server.endpoint);
  assert(!error.message.includes("secret"), error.message);
});

Deno.test("openHubCorpus() names the task that may ask any hub", {
  permissions: { read: true, env: true, net: false },
}, async () => {
  const corpus = openHubCorpus(LOCATION, { endpoint: "https://mirror.test" });
  const error = await assertRejects(
    () => corpus.identity(),
    DataError,
    `Cannot read the corpus https://mirror.test/datasets/${DATASET}: Deno was not allowed to ` +
      `(Requires net access to "mirror.test:443"). Use `,
  );
  assertStringIncludes(error.message, "preprocess:web, which may ask any server");
});

Deno.test("openHubCorpus() needs a server that knows ranges", async () => {
  await using server = hub({
    mood: ({ host }) => host === "cdn" ? new Response("all of it") : undefined,
  });
  await assertRejects(() => open(server).parts(), DataError, "it must know range requests");
});

Deno.test("deno task preprocess makes shards of a data set on the hub, and keeps them", async () => {
  await using server = hub();
  await withFolder(async (folder) => {
    const config = `${folder}/hub.yaml`;
    await Deno.writeTextFile(
      config,
      `name: hub
data:
  source: { kind: hub, dataset: ${DATASET}, validationSplit: test }
  length: 16
  dir: ${folder}/shards
model: { hiddenSize: 32, numBlocks: 1, numHeads: 1 }
train: { numSteps: 1, batchSize: 1 }
`,
    );
    const run = () =>
      deno(
        ["run", "--quiet", "--no-prompt", "--allow-read", `--allow-write=${folder}`]
          .concat(["--allow-net=127.0.0.1", "--allow-env=INIT_CWD,HF_TOKEN,HF_ENDPOINT"])
          .concat(["tasks/preprocess.ts", "--config", config, "--workers", "0"]),
        { env: { HF_ENDPOINT: `${server.endpoint}/`, HF_TOKEN: "hf_other" } },
      );
    const first = await run();
    assertEquals(first.code, 0, first.stderr);
    assertStringIncludes(first.stdout, `Corpus hub:${DATASET}@refs/convert/parquet`);
    assertEquals(server.requests[0]!.authorization, "Bearer hf_other");
    const manifest = await Deno.readTextFile(`${folder}/shards/manifest.json`);
    assertStringIncludes(manifest, SHA);

    const before = server.requests.length;
    const second = await run();
    assertEquals(second.code, 0, second.stderr);
    assertStringIncludes(second.stdout, "Kept the shards");
    // To know the commit takes no file.
    assert(server.requests.slice(before).every(({ host }) => host === "hub"));
  });
});
