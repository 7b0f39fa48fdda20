/**
 * Failures of the network, put into words: a name that nobody knows, a server that is not there, a
 * certificate that is not trusted.
 *
 * @module
 */

/** What a person reads about a failed request. */
export interface NetworkFailure {
  /** What went wrong, with the system's own words, and what to look at. */
  readonly reason: string;
  /** Whether no server was reached at all. */
  readonly unreachable: boolean;
}

/** A kind of failure. */
interface Kind {
  /** What the runtimes' messages of this kind hold. */
  pattern: RegExp;
  /** What it means; `HOST` stands for the server. */
  meaning: string;
  /** What to do about it, likewise. */
  advice: string;
  unreachable: boolean;
}

/** Proxies are the runtime's affair, which does not say that it uses one. */
const PROXY = "the proxy, if HTTPS_PROXY or HTTP_PROXY names one";

const KINDS: readonly Kind[] = [
  {
    pattern: /dns error|failed to lookup address|ENOTFOUND|EAI_AGAIN|no record found/i,
    meaning: "nobody knows the name HOST",
    advice: `check the address, the network of this machine, and ${PROXY}`,
    unreachable: true,
  },
  {
    pattern: /tunnel|proxy/i,
    meaning: "the proxy does not lead to HOST",
    advice: "check HTTPS_PROXY and HTTP_PROXY, or name HOST in NO_PROXY",
    unreachable: true,
  },
  {
    pattern: /refused/i,
    meaning: "HOST refuses the connection",
    advice: `check the address and its port, that the server runs, and ${PROXY}`,
    unreachable: true,
  },
  {
    pattern: /requests to port \d+ are blocked/i,
    meaning: "the port of HOST is one that belongs to other services",
    advice: "check the address and its port",
    unreachable: true,
  },
  {
    pattern: /unreachable|no route/i,
    meaning: "no way leads to HOST",
    advice: `check the network of this machine, and ${PROXY}`,
    unreachable: true,
  },
  {
    pattern: /certificate|UnknownIssuer|NotValidForName/i,
    meaning: "the certificate of HOST is not trusted",
    advice:
      "check the address and this machine's clock; DENO_TLS_CA_STORE=system trusts what the " +
      "system does, DENO_CERT a file of certificates",
    unreachable: true,
  },
  {
    pattern: /InvalidContentType|corrupt message|wrong version number/i,
    meaning: "HOST does not speak TLS",
    advice: "is it an http:// address?",
    unreachable: true,
  },
  {
    pattern: /timed? ?out/i,
    meaning: "HOST does not answer",
    advice: `check the address, the network of this machine, and ${PROXY}`,
    unreachable: true,
  },
  {
    pattern: /invalid HTTP|HTTP version|parse/i,
    meaning: "HOST does not speak HTTP",
    advice: "check the address and its port",
    unreachable: false,
  },
  {
    pattern: /reset|broken pipe|closed before|unexpected (eof|end)|SendRequest/i,
    meaning: "the connection to HOST broke off",
    advice: "try again",
    unreachable: false,
  },
  {
    // All that a page is told, whatever happened.
    pattern: /^(failed to fetch|load failed|networkerror)/i,
    meaning: "HOST cannot be reached, or does not let this page read it (CORS)",
    advice: "see the browser's console",
    unreachable: true,
  },
];

/**
 * What an error of `fetch` means. Runtimes hide the reason in its cause.
 *
 * @param host The server that was asked.
 */
export function explainNetworkError(error: unknown, host: string): NetworkFailure {
  const said = innermost(error);
  const kind = KINDS.find(({ pattern }) => pattern.test(said));
  if (kind === undefined) return { reason: detailOf(said), unreachable: false };
  const { meaning, advice, unreachable } = kind;
  const named = (text: string) => text.replace("HOST", () => host);
  return {
    reason: `${named(meaning)} (${detailOf(said)}); ${named(advice)}`,
    unreachable,
  };
}

/** The message of the last cause. */
function innermost(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  return last instanceof Error ? last.message : String(last);
}

/** A message without the address, which is named anyway. */
function detailOf(message: string): string {
  return message.replace(/^error sending request .*?client error \((Connect|SendRequest)\): /, "");
}
