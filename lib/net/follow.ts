/**
 * One request, with the redirections that may be followed.
 *
 * @module
 */

import { shownAddress } from "../system/location.ts";

/** More redirections are taken for a circle. */
const MAX_REDIRECTS = 8;

/** An answer that is of no use however often it is asked for; its message says why. */
export class Refusal extends Error {}

/**
 * GETs an address. Redirections lead to web servers only, and never from a protected connection to
 * an open one; other servers are not told who asks.
 *
 * @param onRedirect Called with the headers of every answer that redirects.
 * @throws {Refusal} if a redirection leads where it must not, or they have no end.
 */
export async function follow(
  url: URL,
  headers: Headers,
  signal: AbortSignal,
  onRedirect?: (headers: Headers) => void,
): Promise<Response> {
  const anonymous = new Headers(headers);
  anonymous.delete("authorization");
  for (let [at, redirects] = [url, 0];; redirects++) {
    const own = at.origin === url.origin ? headers : anonymous;
    const response = await fetch(at, { headers: own, redirect: "manual", signal });
    // Pages are not told where to: their browser follows, by rules as strict.
    if (response.type === "opaqueredirect") return await fetch(at, { headers: own, signal });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS) {
      throw new Refusal(`the server redirects more than ${MAX_REDIRECTS} times; check the address`);
    }
    onRedirect?.(response.headers);
    at = redirectTarget(at, location);
  }
}

/** Where a redirection leads. @throws {Refusal} if it must not lead there. */
export function redirectTarget(from: URL, location: string): URL {
  const to = URL.parse(location, from);
  if (to === null) throw new Refusal(`the server redirects to "${location}", which is no address`);
  if (to.protocol !== "http:" && to.protocol !== "https:") {
    throw new Refusal(
      `the server redirects to ${to.href.slice(0, 200)}, expected an http(s) address`,
    );
  }
  if (from.protocol === "https:" && to.protocol === "http:") {
    throw new Refusal(
      `the server redirects from https to ${shownAddress(to)}, where others could read and ` +
        `change what comes; give that address itself if it is meant`,
    );
  }
  return to;
}
