/**
 * Where the Hugging Face hub is, and who asks.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { environment } from "../system/environment.ts";

/** How to reach the hub. */
export interface HubAccess {
  /** Its address, without a slash at the end. */
  endpoint: string;
  /** A token for it; undefined to ask as nobody. */
  token: string | undefined;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";

/** All that a token may hold, as HTTP has it (token68 of RFC 9110). */
const NO_TOKEN_CHARACTER = /[^A-Za-z0-9\-._~+/=]/u;

/**
 * The hub as told; else as `HF_ENDPOINT` and `HF_TOKEN` say, as far as they may be read; else the
 * public one.
 *
 * @throws {ConfigError} if the address is none, or the token cannot be one.
 */
export function hubAccess(
  told: { endpoint?: string | undefined; token?: string | undefined },
): HubAccess {
  return {
    endpoint: readEndpoint(
      told.endpoint === undefined ? "HF_ENDPOINT" : "The endpoint",
      told.endpoint ?? environment("HF_ENDPOINT") ?? DEFAULT_ENDPOINT,
    ),
    token: readToken(
      told.token === undefined ? "HF_TOKEN" : "The token",
      told.token ?? environment("HF_TOKEN") ?? "",
    ),
  };
}

function readEndpoint(source: string, text: string): string {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new ConfigError(
      `${source} must be the address of a hub, such as ${DEFAULT_ENDPOINT}, found "${text}".`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

/** A token without the blanks and newlines of the file that it came from. */
function readToken(source: string, text: string): string | undefined {
  const token = text.trim();
  const wrong = NO_TOKEN_CHARACTER.exec(token);
  if (wrong === null) return token === "" ? undefined : token;
  // The token itself is nobody's business.
  throw new ConfigError(
    `${source} holds a character that no token has (${JSON.stringify(wrong[0])} at position ` +
      `${wrong.index + 1}): copy it again, whole and without quotation marks.`,
  );
}
