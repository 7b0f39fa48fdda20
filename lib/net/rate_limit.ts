/**
 * How long a busy server asks to wait, in the headers that servers use for it.
 *
 * @module
 */

/**
 * The milliseconds after which a server may be asked again: `Retry-After`, in seconds or as a date;
 * else the limit that is used up in `RateLimit`, as the drafts of the IETF have written it, such as
 * `"api";r=0;t=20` or `limit=100, remaining=0, reset=20`; else `RateLimit-Reset`.
 *
 * @param now The time in milliseconds.
 * @returns null if the headers do not say it.
 */
export function requestedWait(status: number, headers: Headers, now = Date.now()): number | null {
  return timeOf(headers.get("retry-after"), now) ??
    limitsReset(headers.get("ratelimit"), status) ??
    (status === 429
      ? timeOf(headers.get("ratelimit-reset") ?? headers.get("x-ratelimit-reset"), now)
      : null);
}

/** From here on numbers are seconds since 1970, not from now on; and from there on milliseconds. */
const [SINCE_1970, IN_MILLISECONDS] = [1e9, 1e12];

/** Seconds, a moment since 1970, or a date. */
function timeOf(value: string | null, now: number): number | null {
  const text = value?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) {
    const time = Number(text) * (Number(text) < IN_MILLISECONDS ? 1000 : 1);
    return Number(text) < SINCE_1970 ? time : Math.max(0, time - now);
  }
  // Without letters anything might pass for a date.
  const date = /[a-z]/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** A limit of which nothing remains, or, of a server that refuses, whatever limit it names. */
function limitsReset(value: string | null, status: number): number | null {
  if (value === null) return null;
  // The older drafts have one limit, whose parts are parted by commas.
  const limits = /\breset\s*=/.test(value) ? [value] : value.split(",");
  const found = limits.flatMap((limit) => {
    const seconds = parameter(limit, "t|reset");
    return seconds === null ? [] : [{ remaining: parameter(limit, "r|remaining"), seconds }];
  });
  const used = found.filter(({ remaining }) => remaining === 0);
  const binding = used.length > 0 ? used : status === 429 ? found : [];
  return binding.length === 0 ? null : 1000 * Math.max(...binding.map(({ seconds }) => seconds));
}

function parameter(limit: string, names: string): number | null {
  const match = new RegExp(`(?:^|[;,\\s])(?:${names})\\s*=\\s*"?(\\d+)`, "i").exec(limit);
  return match === null ? null : Number(match[1]);
}
