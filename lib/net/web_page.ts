/**
 * Web pages that come in place of files: of logins and portals, and of servers that answer every
 * path with their application.
 *
 * @module
 */

import { contentOf } from "../system/content.ts";
import { Refusal } from "./follow.ts";

/** A web page came in place of a file. */
export class WebPageRefusal extends Refusal {
  /** Makes the error, which says where such pages come from. */
  constructor() {
    super(
      "the server answered with a web page (HTML), not with the file; check the address, and " +
        "whether a login or the portal of a network stands before it",
    );
  }
}

/**
 * The same answer, unless it is a page: one that says so and looks so.
 *
 * @param isEncoded Whether its bytes are not those of the text, so that the headers must do.
 * @throws {WebPageRefusal} if it is one.
 */
export async function refuseWebPage(response: Response, isEncoded: boolean): Promise<Response> {
  const type = response.headers.get("content-type") ?? "";
  if (!/^\s*(text\/html|application\/xhtml\+xml)/i.test(type) || response.body === null) {
    return response;
  }
  if (isEncoded) {
    await response.body.cancel();
    throw new WebPageRefusal();
  }
  const [looked, kept] = response.body.tee();
  const reader = looked.getReader();
  const { value } = await reader.read();
  // Not awaited: a branch of a tee ends when the other one has.
  reader.cancel().catch(() => {});
  if (value !== undefined && contentOf(value)?.kind === "page") {
    await kept.cancel();
    throw new WebPageRefusal();
  }
  const { status, statusText, headers } = response;
  return new Response(kept, { status, statusText, headers });
}
