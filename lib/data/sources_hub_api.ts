/**
 * The hub's interface for data sets: what a revision is now, which files it
 * has, and their bytes.
 *
 * @module
 */
import { DataError } from "../errors.ts";
import { type ByteSource, checkRange } from "../io/byte_source.ts";
import {
  type Access,
  type Attendance,
  download,
  firstContact,
  PATIENT,
  type RetryPolicy,
} from "../io/retrying_fetch.ts";
import { hubAccess } from "../io/hub_access.ts";
import { fill } from "../io/url_source.ts";

/** How the hub is reached. */
export interface HubOptions extends Attendance {
  /** Address of the hub; `HF_ENDPOINT` if that may be read, else huggingface.co. */
  endpoint?: string;
  /** Access token; `HF_TOKEN` if that may be read. Goes to the endpoint's host alone. */
  token?: string;
  /** How patiently requests are repeated; {@linkcode PATIENT} unless given. */
  retry?: RetryPolicy;
}

/** A file of a repository. */
export interface HubFile {
  /** Its path inside the repository. */
  readonly path: string;
  /** Its bytes. */
  readonly size: number;
}

/** A data set at one commit, which never changes. */
export interface HubSnapshot {
  /** The commit's hash. */
  readonly sha: string;
  /** All files. */
  readonly files: readonly HubFile[];
  /** Random access to a file. Nothing is requested yet. */
  open(file: HubFile): ByteSource;
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
  const access = {
    retry,
    signal: options.signal,
    onWait: options.onWait,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    explain: (status: number) => explain(status, dataset, revision, token),
  };
  const api = `${endpoint}/api/datasets/${dataset}`;
  const { body } = await getJson(new URL(`${api}/revision/${encodeURIComponent(revision)}`), {
    ...access,
    retry: firstContact(retry),
  });
  const sha = isRecord(body) ? body.sha : undefined;
  if (typeof sha !== "string" || !/^[0-9a-f]{7,64}$/.test(sha)) throw unexpected(api, "a commit");
  const files = await listFiles(new URL(`${api}/tree/${sha}?recursive=true`), access);
  const address = `${endpoint}/datasets/${dataset}/resolve/${sha}/`;
  return {
    sha,
    files,
    open: ({ path, size }) => {
      const url = new URL(address + path.split("/").map(encodeURIComponent).join("/"));
      return new HubFileSource(url, `${dataset}/${path}`, size, access);
    },
  };
}

/** All pages of a listing. */
async function listFiles(first: URL, access: Access): Promise<HubFile[]> {
  const files: HubFile[] = [];
  for (let url: URL | null = first; url !== null;) {
    // A link elsewhere gets no token.
    const { headers = {}, ...rest } = access;
    const here: Access = { ...rest, headers: url.origin === first.origin ? headers : {} };
    const { body, link } = await getJson(url, here);
    if (!Array.isArray(body)) throw unexpected(url.href, "a list of files");
    for (const entry of body) {
      if (!isRecord(entry) || typeof entry.path !== "string") {
        throw unexpected(url.href, "a list of files");
      }
      if (entry.type !== "file") continue;
      if (typeof entry.size !== "number") throw unexpected(url.href, "the sizes of files");
      files.push({ path: entry.path, size: entry.size });
    }
    const next: string | undefined = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? "")?.[1];
    url = next === undefined ? null : new URL(next, url);
  }
  return files;
}

async function getJson(url: URL, access: Access): Promise<{ body: unknown; link: string | null }> {
  const answer = await download(url, url.origin + url.pathname, access);
  const text = await new Blob(await Array.fromAsync(answer.body)).text();
  try {
    return { body: JSON.parse(text), link: answer.headers.get("link") };
  } catch {
    throw unexpected(url.href, "JSON");
  }
}

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
    const answer = await download(this.#url, this.name, this.#access, { first: offset, last });
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
  if (status === 404) {
    return `there is no data set ${dataset} with a revision ${revision}; check ` +
      `data.source.dataset and data.source.revision`;
  }
}

function unexpected(address: string, expected: string): DataError {
  return new DataError(
    `${address} is not as expected: it does not give ${expected}. Check that HF_ENDPOINT is a hub.`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
