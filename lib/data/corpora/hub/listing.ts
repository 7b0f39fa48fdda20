/**
 * The hub's answers in JSON, and its listings of files.
 *
 * @module
 */
import { DataError } from "../../../errors.ts";
import { collectBody } from "../../../net/collect.ts";
import { shownAddress } from "../../../system/location.ts";
import type { Access } from "../../../net/request.ts";
import { download } from "../../../net/download.ts";
import { integer, text } from "../../../schema/field.ts";
import { type JsonDocument, readShape } from "../../../schema/read_json.ts";
import type { Section } from "../../../schema/tree.ts";

/** An answer of the hub, and all pages of a listing, are at most so long. */
const MAX_ANSWER_BYTES = 2 ** 26;
const MAX_LISTING_BYTES = 2 ** 29;
/** Pages of a listing, of 1000 files each. */
const MAX_PAGES = 1000;

/** A file of a repository. */
export interface HubFile {
  /** Its path inside the repository. */
  readonly path: string;
  /** Its bytes. */
  readonly size: number;
}

/** An entry of a listing. */
interface TreeEntry {
  type: string;
  path: string;
  size?: number;
}

const PAGE: Section<{ entries: TreeEntry[] }> = {
  doc: "A page of a listing.",
  keys: {
    entries: {
      doc: "What it lists.",
      item: {
        doc: "A file or folder.",
        keys: {
          type: text({ doc: "Which of both." }),
          path: text({ doc: "Where it lies." }),
          size: { doc: "Bytes of a file.", optional: integer({ min: 0 }) },
        },
      },
    },
  },
};

/**
 * All files of a repository, from as many pages as it takes. They are asked of the hub that the
 * person named.
 *
 * @param first The first page.
 * @param endpoint The hub.
 * @param maxPages More are taken for a listing without end.
 * @throws {DataError} if a page is not as expected, or they have no end.
 */
export async function listFiles(
  first: URL,
  endpoint: URL,
  access: Access,
  maxPages = MAX_PAGES,
): Promise<HubFile[]> {
  const files: HubFile[] = [];
  const known = new Set<string>();
  let bytesLeft = MAX_LISTING_BYTES;
  let url = first;
  for (let pages = 1; pages <= maxPages; pages++) {
    const { body, length, link } = await getJson(url, access, bytesLeft);
    bytesLeft -= length;
    const before = known.size;
    const { entries } = readShape({ entries: body }, PAGE, documentOf(url));
    for (const { type, path, size } of entries) {
      known.add(path);
      if (type !== "file") continue;
      if (size === undefined) throw unexpected(url, `the size of ${path}`);
      files.push({ path, size });
    }
    const next = nextPage(link, url, endpoint);
    if (next === null) return files;
    if (known.size === before) throw unexpected(url, "anything new, but leads on");
    url = next;
  }
  throw unexpected(first, `a list of files that ends within ${maxPages} pages`);
}

/**
 * The page that a header `Link` calls the next, at the endpoint that was asked: mirrors pass on
 * the addresses of the hub itself.
 */
function nextPage(link: string | null, from: URL, endpoint: URL): URL | null {
  const next = [...(link ?? "").matchAll(/<([^>]*)>([^<]*)/g)]
    .find(([, , parameters]) => /;\s*rel\s*=\s*"?([^";,]*\s)?next\b/i.test(parameters!));
  if (next === undefined) return null;
  const target = URL.parse(next[1]!, from);
  if (target === null) {
    throw unexpected(from, `the address of its next page, but "${next[1]!.slice(0, 80)}"`);
  }
  const root = endpoint.pathname.replace(/\/+$/, "");
  const page = new URL(endpoint);
  // Set, not parsed: a path such as //HOST/PATH would lead to another host.
  page.pathname = target.pathname.startsWith(`${root}/`) ? target.pathname : root + target.pathname;
  page.search = target.search;
  return page;
}

/**
 * What the hub answers to a request of its interface.
 *
 * @returns The document, its length in bytes, and the header `Link`.
 * @throws {DataError} if it is no JSON or too large.
 */
export async function getJson(
  url: URL,
  access: Access,
  maxBytes = MAX_ANSWER_BYTES,
): Promise<{ body: unknown; length: number; link: string | null }> {
  const name = shownAddress(url);
  const answer = await download(url, name, access);
  const bytes = await collectBody(answer, name, {
    maxBytes: Math.min(maxBytes, MAX_ANSWER_BYTES),
    reason: "expected of a hub",
    errorClass: DataError,
  });
  try {
    return {
      body: JSON.parse(new TextDecoder().decode(bytes)),
      length: bytes.length,
      link: answer.headers.get("link"),
    };
  } catch {
    throw unexpected(url, "JSON");
  }
}

const CHECK_HUB = "Check that HF_ENDPOINT is a hub.";

/** What messages say of an answer. */
export function documentOf(address: URL): JsonDocument {
  return { name: shownAddress(address), error: DataError, advice: CHECK_HUB };
}

function unexpected(address: URL, expected: string): DataError {
  return new DataError(
    `${shownAddress(address)} is not as expected: it does not give ${expected}. ${CHECK_HUB}`,
  );
}
