/**
 * What a hub answers.
 *
 * @module
 */

import { openHubCorpus } from "../../../lib/data/corpora/hub.ts";
import { openSnapshot } from "../../../lib/data/corpora/hub/api.ts";
import { ONE_ATTEMPT } from "../../../lib/net/retry_policy.ts";
import { SHA } from "../../testing/hub_server.ts";
import { damagedJson } from "../damage/json.ts";
import { damagedText, decoded, encoded } from "../damage/text.ts";
import type { Bytes, Damage, Subject } from "../subject.ts";
import { YAML_PARTS } from "./config.ts";

const README = `---
license: mit
configs:
- config_name: plain
  default: true
  data_dir: plain_text
  data_files:
  - split: train
    path: ["train-*", "more/**/*.parquet"]
  - split: test
    path: "test/{a,b}-[0-9]*.parquet"
- config_name: 2024
  data_files: other/*.parquet
---
# A data set
`;

const ENTRIES = [
  { type: "directory", path: "plain_text" },
  { type: "file", path: "README.md", size: README.length },
  { type: "file", path: "plain_text/train-00000-of-00001.parquet", size: 100 },
  { type: "file", path: "plain_text/test/a-0.parquet", size: 100 },
];

/** Good answers, by the name of the data set of whose answers each is one. */
const ANSWERS: Readonly<Record<string, Bytes>> = {
  revision: encoded(JSON.stringify({ id: "fuzz/revision", sha: SHA })),
  tree: encoded(JSON.stringify(ENTRIES)),
  link: encoded('<http://hub/api/datasets/fuzz/link/tree/x?recursive=true&cursor=1>; rel="next"'),
  readme: encoded(README),
  range: encoded("bytes 8-15/100"),
};

const damagedHeader = damagedText(["<", ">", ";", "rel=next", "//x/y", "bytes ", "-", "/", "*"]);
const damagedYaml = damagedText(YAML_PARTS);

const damage: Damage = (file, random, other) => {
  const text = decoded(file);
  if (/^[[{]/.test(text)) return damagedJson(file, random, other);
  return (text.startsWith("---") ? damagedYaml : damagedHeader)(file, random, other);
};

/** A response with a header, without what no header can hold. */
function withHeader(body: Bytes, status: number, name: string, value: Bytes): Response {
  const text = decoded(value).replaceAll(/[^\x20-\x7e]/g, "");
  return new Response(body, { status, headers: { [name]: text.slice(0, 4000) } });
}

/** A hub of data sets; one of their answers is damaged. */
function serve(damaged: (name: string) => Bytes) {
  const answer = ({ url }: Request): Response => {
    const { pathname, searchParams } = new URL(url);
    const [, name = "", asked] = /^(?:\/api)?\/datasets\/fuzz\/(\w+)\/(\w+)/.exec(pathname) ?? [];
    const answered = (part: string) => name === part ? damaged(part) : ANSWERS[part]!;
    if (asked === "revision") return new Response(answered("revision"));
    if (asked === "tree") {
      const page = searchParams.has("cursor") ? encoded("[]") : answered("tree");
      return name === "link" && !searchParams.has("cursor")
        ? withHeader(page, 200, "link", damaged("link"))
        : new Response(page);
    }
    if (pathname.endsWith("README.md")) return new Response(answered("readme"));
    if (!pathname.includes("/resolve/")) return new Response(null, { status: 404 });
    return withHeader(new Uint8Array(8), 206, "content-range", answered("range"));
  };
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
}

/** `openHubCorpus` and `openSnapshot`, of a hub on this machine. */
export function hub(): Subject {
  let current: Bytes = new Uint8Array(0);
  const server = serve(() => current);
  server.unref();
  const options = { endpoint: `http://127.0.0.1:${server.addr.port}`, retry: ONE_ATTEMPT };
  return {
    files: ANSWERS,
    // A link may lead anywhere there.
    place: options.endpoint,
    damage,
    async read(file, name) {
      current = file;
      const dataset = `fuzz/${name}`;
      if (name === "range") {
        const snapshot = await openSnapshot(dataset, "main", options);
        await snapshot.open(snapshot.files[1]!).read(8, new Uint8Array(8));
        return;
      }
      const corpus = openHubCorpus({
        ...{ kind: "hub", dataset, revision: "main", config: null, field: "text" },
        ...{ trainSplit: "train", validationSplit: "test" },
      }, options);
      await corpus.identity();
    },
  };
}
