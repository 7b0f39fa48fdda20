/**
 * Where the Hugging Face hub is, and who asks.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { environment } from "./environment.ts";

/** How to reach the hub. */
export interface HubAccess {
  /** Its address, without a slash at the end. */
  endpoint: string;
  /** A token for it; undefined to ask as nobody. */
  token: string | undefined;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";

/**
 * The hub as told; else as `HF_ENDPOINT` and `HF_TOKEN` say, as far as they may be read; else the
 * public one.
 *
 * @throws {ConfigError} if `HF_ENDPOINT` is no address.
 */
export function hubAccess(
  told: { endpoint?: string | undefined; token?: string | undefined },
): HubAccess {
  const address = told.endpoint ?? environment("HF_ENDPOINT") ?? DEFAULT_ENDPOINT;
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new ConfigError(`HF_ENDPOINT must be the address of a hub, found "${address}".`);
  }
  return { endpoint: address.replace(/\/+$/, ""), token: told.token ?? environment("HF_TOKEN") };
}
