/**
 * Where models come from: runs, files of the reference, folders with a `config.json`, and the
 * Hugging Face hub, on this machine or a web server.
 *
 * @module
 */

import { CheckpointError } from "../../errors.ts";
import { hubAccess } from "../../hub/access.ts";
import type { UrlSourceOptions } from "../../io/url_source.ts";
import { BRIEF } from "../../net/retry_policy.ts";
import { exists } from "../../system/exists.ts";
import { addressOf, HUB, joinLocation, shownAddress } from "../../system/location.ts";

/** What a source names. */
export interface ModelSource {
  /** A file of PyTorch, or a folder: of a run, or with a `config.json`. */
  readonly kind: "file" | "folder";
  /** Its path or address. */
  readonly location: string;
  /** What messages and records call it. */
  readonly name: string;
  /** How a web server is asked for it. */
  readonly access: Omit<UrlSourceOptions, "maxBytes">;
  /** Whether it is on the hub, where there are no runs. */
  readonly isHub: boolean;
}

const HUB_NAME =
  /^hf:(?<model>[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:@(?<revision>[\w./-]+))?(?::(?<file>[\w./ -]+))?$/;
/** Names of files that PyTorch writes. */
const PYTORCH = /\.(ckpt|pt|pth)$/i;

/**
 * Finds out what a source names.
 *
 * @param source A path, an `http(s):` or `file:` address, or `hf:OWNER/NAME[@REVISION][:FILE]`.
 * @throws {CheckpointError} if it is an address of another kind, or no name on the hub.
 * @throws {ConfigError} if `HF_ENDPOINT` or `HF_TOKEN` cannot be used.
 */
export async function findSource(source: string): Promise<ModelSource> {
  if (source.startsWith(HUB)) return onHub(source);
  const url = addressOf(source, CheckpointError);
  const isFile = url?.protocol.startsWith("http")
    ? PYTORCH.test(url.pathname)
    : PYTORCH.test(source) || await isRegularFile(url ?? source);
  const name = url?.protocol.startsWith("http") ? shownAddress(url) : source;
  const kind = isFile ? "file" : "folder";
  return { kind, location: source, name, access: { retry: BRIEF }, isHub: false };
}

/** What a name on the hub means: an address of its files. */
function onHub(source: string): ModelSource {
  const { model, revision = "main", file } = HUB_NAME.exec(source)?.groups ?? {};
  const escapes = /(^|\/)\.\.?(\/|$)/.test(`${revision}/${file ?? ""}`);
  if (model === undefined || escapes || (file !== undefined && !PYTORCH.test(file))) {
    throw new CheckpointError(
      `"${source}" is no model on the hub: expected hf:OWNER/NAME, hf:OWNER/NAME@REVISION, or ` +
        `with a file of it hf:OWNER/NAME:FILE.ckpt.`,
    );
  }
  const { endpoint, token } = hubAccess({});
  const base = joinLocation(endpoint, `${model}/resolve/${revision.replaceAll("/", "%2F")}`);
  const headers: Record<string, string> = token === undefined
    ? {}
    : { authorization: `Bearer ${token}` };
  const explain = (status: number) =>
    status === 401 || status === 403
      ? "the hub does not show it to everybody: set HF_TOKEN to a token that may read it"
      : status === 404
      ? "check the name, the revision and the file"
      : undefined;
  return {
    kind: file === undefined ? "folder" : "file",
    location: file === undefined ? base : joinLocation(base, file),
    name: source,
    access: { headers, explain, retry: BRIEF },
    isHub: true,
  };
}

async function isRegularFile(path: string | URL): Promise<boolean> {
  const location = path instanceof URL ? path.href : path;
  if (!(await exists(location))) return false;
  return (await Deno.stat(path)).isFile;
}
