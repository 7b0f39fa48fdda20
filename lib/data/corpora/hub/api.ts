/**
 * The hub's interface for data sets: what a revision is now, which files it
 * has, and their bytes.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import { type ByteSource, checkRange } from "../../../io/byte_source.ts";
import type { Access } from "../../../net/request.ts";
import {
  type Attendance,
  firstContact,
  PATIENT,
  type RetryPolicy,
} from "../../../net/retry_policy.ts";
import { download } from "../../../net/download.ts";
import { hubAccess } from "../../../hub/access.ts";
import { shownAddress } from "../../../system/location.ts";
import { readText } from "../../../io/read_text.ts";
import { fill } from "../../../io/url_source.ts";
import { text } from "../../../schema/field.ts";
import { readShape } from "../../../schema/read_json.ts";
import type { Section } from "../../../schema/tree.ts";
import { whileAllowed } from "../bytes/read_bytes.ts";
import { documentOf, getJson, type HubFile, listFiles } from "./listing.ts";

/** How the hub is reached. */
export interface HubOptions extends Attendance {
  /** Address of the hub; `HF_ENDPOINT` if that may be read, else huggingface.co. */
  endpoint?: string;
  /** Access token; `HF_TOKEN` if that may be read. Goes to the endpoint's host alone. */
  token?: string;
  /** How patiently requests are repeated; {@linkcode PATIENT} unless given. */
  retry?: RetryPolicy;
}

/** A data set at one commit, which never changes. */
export interface HubSnapshot {
  /** The commit's hash. */
  readonly sha: string;
  /** All files. */
  readonly files: readonly HubFile[];
  /** Random access to a file. Nothing is requested yet. */
  open(file: HubFile): ByteSource;
  /** The text of a small file. @throws {DataError} */
  readText(file: HubFile): Promise<string>;
}

/**
 * Looks up the commit that a revision is at, and its files.
 *
 * @param dataset `owner/name`.
 * @param revision A branch, tag, commit or `refs/convert/parquet`.
 * @throws {DataError} if the hub cannot be reached or does not give the data set.
 * @throws {ConfigError} if `HF_ENDPOINT` is no address.
 */
export async function openSnapshot(
  dataset: string,
  revision: string,
  options: HubOptions = {},
): Promise<HubSnapshot> {
  const { endpoint, token } = hubAccess(options);
  const retry = options.retry ?? PATIENT;
  const headers: Record<string, string> = token === undefined
    ? {}
    : { authorization: `Bearer ${token}` };
  const access = {
    retry,
    signal: options.signal,
    onWait: options.onWait,
    headers,
    explain: (status: number) => explain(status, dataset, revision, token),
  };
  const api = `${endpoint}/api/datasets/${dataset}`;
  const revised = await whileAllowed(
    shownAddress(new URL(`${endpoint}/datasets/${dataset}`)),
    getJson(new URL(`${api}/revision/${encodeURIComponent(revision)}`), {
      ...access,
      retry: firstContact(retry),
    }),
  );
  const { sha } = readShape<{ sha: string }>(revised.body, REVISION, documentOf(new URL(api)));
  const files = await listFiles(
    new URL(`${api}/tree/${sha}?recursive=true`),
    new URL(endpoint),
    access,
  );
  const address = `${endpoint}/datasets/${dataset}/resolve/${sha}/`;
  const urlOf = (path: string) =>
    new URL(address + path.split("/").map(encodeURIComponent).join("/"));
  return {
    sha,
    files,
    open: ({ path, size }) => new HubFileSource(urlOf(path), `${dataset}/${path}`, size, access),
    readText: ({ path }) => readText(urlOf(path).href, DataError, access),
  };
}

const REVISION: Section<{ sha: string }> = {
  doc: "What a revision is.",
  keys: {
    sha: text({
      doc: "Its commit.",
      expected: "a hash in hexadecimal digits",
      pattern: /^[0-9a-f]{7,64}$/,
    }),
  },
};

/** A file whose size is known, so that only what is asked for is ever requested. */
class HubFileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #url: URL;
  readonly #access: Access;

  constructor(url: URL, name: string, size: number, access: Access) {
    this.#url = url;
    this.name = name;
    this.size = size;
    this.#access = access;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    checkRange(this.name, this.size, offset, target.length, DataError);
    if (target.length === 0) return;
    const last = offset + target.length - 1;
    // A hub may keep its files elsewhere.
    const answer = await whileAllowed(
      shownAddress(this.#url),
      download(this.#url, this.name, this.#access, { first: offset, last }),
    );
    const { range, status } = answer;
    if (range?.first !== offset || range.last !== last || range.size !== this.size) {
      await answer.cancel();
      throw new DataError(
        `Cannot read ${this.name}: bytes ${offset} to ${last} of ${this.size} were asked for, and ` +
          `the server answered HTTP ${status} with ` +
          (range === null ? "no range" : `${range.first} to ${range.last} of ${range.size}`) +
          "; it must know range requests",
      );
    }
    await fill(target, answer, this.name, DataError);
  }

  close(): void {}
}

function explain(
  status: number,
  dataset: string,
  revision: string,
  token: string | undefined,
): string | undefined {
  if (status === 401 || status === 403) {
    return token === undefined
      ? `there is no data set ${dataset}, or it is private or gated: check data.source.dataset, ` +
        `accept its terms on its page and set HF_TOKEN to a token that may read it`
      : `HF_TOKEN may not read the data set ${dataset}: accept its terms on its page, or use ` +
        `another token`;
  }
  if (status === 404 && revision.startsWith("refs/convert/")) {
    return `there is no data set ${dataset}, or the hub has not converted it: check ` +
      `data.source.dataset, set data.source.revision to main if it has Parquet files of its own, ` +
      `or download it and use data.source.kind "file"`;
  }
  if (status === 404) {
    return `there is no data set ${dataset} with a revision ${revision}; check ` +
      `data.source.dataset and data.source.revision`;
  }
}
