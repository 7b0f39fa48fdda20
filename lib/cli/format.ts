/**
 * Numbers, sizes and times as people read them.
 *
 * @module
 */

/** A size in bytes with a binary unit: `1536` is "1.5 KiB". */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return "? B";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  // What would round to 1024 belongs to the next unit.
  while (Math.abs(bytes) >= 1023.5 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(bytes) : round(bytes)} ${units[unit]}`;
}

/** A duration: "0.42 s", "12.3 s", "2m 05s", "3h 04m" or "5d 06h". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 59.95) return `${round(seconds)} s`;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${two(whole % 3600 / 60)}m`;
  return `${Math.floor(whole / 86400)}d ${two(whole % 86400 / 3600)}h`;
}

/** A whole number with commas between thousands. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** A number of things in words, by the word for one: "1 text", "1,000 texts". */
export function formatUnits(count: number, unit: string): string {
  return `${formatCount(count)} ${unit}${count === 1 ? "" : "s"}`;
}

/** A number of steps in words: "1 step", "1,000 steps". */
export function formatSteps(count: number): string {
  return formatUnits(count, "step");
}

/** A measured number with four significant digits: "1.235", "0.0003", "1.2e-7". */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e6)
    ? value.toExponential(3).replace(/\.?0+e/, "e")
    : String(Number(value.toPrecision(4)));
}

/** A standard error, of which two digits are more than it is known by: "0.088", "2.9e-5". */
export function formatStandardError(value: number): string {
  return formatNumber(Number(value.toPrecision(2)));
}

/** Decimals that numbers have in common at most, unless even the largest needs more. */
const COMMON_DECIMALS = 4;

/**
 * Measured numbers that stand below each other, with the same number of decimals: as many as it
 * takes for four significant digits of each, within reason. What {@linkcode formatNumber} writes
 * with an exponent stays so.
 */
export function formatNumbers(values: readonly number[]): string[] {
  const alone = values.map(formatNumber);
  const plain = values.filter((_, i) => /^-?[\d.]+$/.test(alone[i]!));
  const decimals = (value: number) => formatNumber(value).split(".")[1]?.length ?? 0;
  const largest = plain.reduce((a, b) => Math.abs(a) > Math.abs(b) ? a : b, 0);
  const most = Math.max(0, ...plain.map(decimals));
  const common = Math.min(most, Math.max(COMMON_DECIMALS, decimals(largest)));
  return values.map((value, i) => plain.includes(value) ? value.toFixed(common) : alone[i]!);
}

/** A speed: "2.1 steps/s", or "4.2 s/step" when it is below one a second; of bytes "1.5 MiB/s". */
export function formatRate(perSecond: number, unit: string): string {
  if (unit === "byte") return `${formatBytes(perSecond)}/s`;
  return perSecond >= 1 || perSecond <= 0
    ? `${perSecond >= 100 ? formatCount(perSecond) : round(perSecond)} ${unit}s/s`
    : `${formatDuration(1 / perSecond)}/${unit}`;
}

/** Three significant digits at most, without an exponent: 0.42, 12.3, 512. */
function round(value: number): string {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0)));
}
