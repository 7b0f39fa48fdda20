/**
 * Folders of model files: on this machine, at an address, or on the Hugging Face
 * hub; what is not here is downloaded once and kept.
 *
 * @module
 */

import { DataError, FlmError } from "../errors.ts";
import { removeIfThere, writeFileAtomic } from "../system/atomic.ts";
import { downloadFile, NoSuchFileError } from "../net/download_file.ts";
import { beginWork } from "../system/long_work.ts";
import { addressOf, joinLocation, pathOf, shownAddress } from "../system/location.ts";
import { exists } from "../system/exists.ts";
import { FolderLock } from "../system/folder_lock.ts";
import { hubAccess } from "./access.ts";
import { makeFolder } from "../system/system_error.ts";
import { checkModelFile, maxBytesOf } from "./model_file.ts";
import { requireHubCache } from "./cache.ts";
import type { Attendance } from "../net/retry_policy.ts";

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
  /** Called before a file is asked of a server, with its address and the path it will have. */
  onFetch?: ((address: string, path: string) => void) | undefined;
  /** Called as bytes of a file arrive; `total` is null if the server does not say it. */
  onProgress?: ((file: string, done: number, total: number | null) => void) | undefined;
}

/** A folder of model files. */
export interface ModelFolder {
  /** The folder, address or name on the hub. */
  readonly name: string;
  /**
   * The path of a file on this machine, downloaded if need be. What was downloaded is checked, also
   * if it was kept, and fetched again if it is not what it should be.
   *
   * @param check Throws if a file is not what it should be, where more is known than its name.
   * @throws {DataError} if there is no such file, or it cannot be had.
   */
  file(name: string, check?: FileCheck): Promise<string>;
  /** The same, or undefined if there is no such file. */
  find(name: string, check?: FileCheck): Promise<string | undefined>;
}

/** Throws an {@linkcode FlmError} if a file is not what it should be. */
export type FileCheck = (path: string) => Promise<unknown>;

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
  const url = addressOf(location);
  if (url !== null) {
    if (url.protocol === "file:") return localFolder(pathOf(url));
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
  { cacheFolder = requireHubCache(), onFetch, onProgress, signal, onWait }: HubOptions,
): ModelFolder {
  const kept = `${cacheFolder}/${folder}`;

  /** What is wrong with a kept file: null if nothing, "" if there is none. */
  async function faultOfKept(path: string, check: FileCheck | undefined): Promise<string | null> {
    return await exists(path) ? await faultOf(path, check) : "";
  }

  async function file(name: string, check?: FileCheck): Promise<string> {
    const path = `${kept}/${name}`;
    if (await faultOfKept(path, check) === null) return path;
    using _lock = await FolderLock.take(
      kept,
      (owner) =>
        new DataError(
          `${owner} is fetching files into ${kept}: wait until it is done, then try again.`,
        ),
    );
    const fault = await faultOfKept(path, check);
    if (fault === null) return path;
    const address = joinLocation(base, name);
    const shown = shownAddress(new URL(address));
    onFetch?.(shown, path);
    using work = onProgress === undefined ? beginWork(`fetch ${shown}`) : null;
    try {
      await downloadFile(address, path, {
        token,
        maxBytes: maxBytesOf(name),
        signal,
        onWait,
        onProgress(done, total) {
          work?.progress(done, total);
          onProgress?.(name, done, total);
        },
      });
    } catch (cause) {
      signal?.throwIfAborted();
      if (!(cause instanceof FlmError) || cause instanceof NoSuchFileError) throw cause;
      const message = cause.message.replace(/\.$/, "");
      throw new DataError(
        (fault === ""
          ? `${message}. It is not kept in ${kept} either`
          : `${fault}. It cannot be fetched again: ${message}`) +
          "; a folder with the files of the model does as well.",
        { cause },
      );
    }
    const found = await faultOf(path, check);
    if (found === null) return path;
    await removeIfThere(path);
    throw new DataError(`What ${shown} gives is not kept: ${found}`);
  }

  return {
    name,
    file,
    async find(name, check) {
      // Where the server cannot be reached, what it did not have counts as kept, too.
      const absent = `${kept}/${name}.absent`;
      try {
        return await file(name, check);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof NoSuchFileError) {
          await makeFolder(kept);
          await writeFileAtomic(absent, "");
        } else if (!(error instanceof DataError) || !await exists(absent)) throw error;
        return undefined;
      }
    },
  };
}

/** What is wrong with a file; null if nothing. */
async function faultOf(path: string, check: FileCheck | undefined): Promise<string | null> {
  try {
    await checkModelFile(path);
    await check?.(path);
    return null;
  } catch (error) {
    if (error instanceof FlmError) return error.message.replace(/[.;]$/, "");
    throw error;
  }
}
