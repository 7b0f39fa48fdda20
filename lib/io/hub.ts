/**
 * Folders of model files: on this machine, at an address, or on the Hugging Face
 * hub; what is not here is downloaded once and kept.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { downloadFile, NoSuchFileError } from "./download.ts";
import { isUrl, joinLocation } from "./location.ts";
import { exists } from "./exists.ts";
import { hubAccess } from "./hub_access.ts";
import { requireHubCache } from "./hub_cache.ts";
import type { Attendance } from "./retrying_fetch.ts";

/** Where models come from, and where they are kept. */
export interface HubOptions extends Attendance {
  /** Folder of what was downloaded; that of `requireHubCache` unless told. */
  cacheFolder?: string | undefined;
  /** Branch, tag or commit of a model on the hub; `main` unless told. */
  revision?: string | undefined;
  /** The hub's address; `HF_ENDPOINT`, else `https://huggingface.co`, unless told. */
  endpoint?: string | undefined;
  /** Token for the hub; `HF_TOKEN`, if there is one, unless told. */
  token?: string | undefined;
  /** Called as bytes of a file arrive; `total` is null if the server does not say it. */
  onProgress?: ((file: string, done: number, total: number | null) => void) | undefined;
}

/** A folder of model files. */
export interface ModelFolder {
  /** The folder, address or name on the hub. */
  readonly name: string;
  /** The path of a file on this machine, downloaded if need be. @throws {DataError} */
  file(name: string): Promise<string>;
  /** The same, or undefined if there is no such file. */
  find(name: string): Promise<string | undefined>;
}

/** What the names of models on the hub look like. */
const HUB_NAME = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

/**
 * Finds a model: a folder if there is one of that name, else an `http(s):` address, else the hub.
 *
 * @throws {DataError} if it is none of these.
 * @throws {ConfigError} if `HF_ENDPOINT` is no address.
 */
export async function openModelFolder(
  location: string,
  options: HubOptions = {},
): Promise<ModelFolder> {
  if (isUrl(location)) {
    const url = new URL(location);
    if (url.protocol === "file:") return localFolder(decodeURIComponent(url.pathname));
    const folder = `${url.host}${url.pathname}`.replace(/\/+$/, "");
    return remoteFolder(location, location, folder, undefined, options);
  }
  if (await exists(location)) return localFolder(location);
  if (!HUB_NAME.test(location)) {
    throw new DataError(
      `There is no model ${location}: expected a folder, an address such as https://HOST/FOLDER, ` +
        `or a name on the hub such as openai-community/gpt2-large.`,
    );
  }
  const { endpoint, token } = hubAccess(options);
  const revision = options.revision ?? "main";
  const base = joinLocation(endpoint, `${location}/resolve/${revision}`);
  const folder = `${location.replace("/", "--")}/${revision}`;
  return remoteFolder(location, base, folder, token, options);
}

function localFolder(folder: string): ModelFolder {
  const find = async (name: string) => {
    const path = joinLocation(folder, name);
    return await exists(path) ? path : undefined;
  };
  return {
    name: folder,
    find,
    async file(name) {
      const path = await find(name);
      if (path !== undefined) return path;
      throw new DataError(`There is no ${name} in the folder ${folder}.`);
    },
  };
}

function remoteFolder(
  name: string,
  base: string,
  folder: string,
  token: string | undefined,
  { cacheFolder = requireHubCache(), onProgress, signal, onWait }: HubOptions,
): ModelFolder {
  const file = async (name: string) => {
    const path = `${cacheFolder}/${folder}/${name}`;
    if (await exists(path)) return path;
    await downloadFile(joinLocation(base, name), path, {
      token,
      signal,
      onWait,
      onProgress: onProgress && ((done, total) => onProgress(name, done, total)),
    });
    return path;
  };
  return {
    name,
    file,
    find: (name) =>
      file(name).catch((error) => {
        if (error instanceof NoSuchFileError) return undefined;
        throw error;
      }),
  };
}
