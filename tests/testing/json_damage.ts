/**
 * Damaged JSON documents for tests: every value of a good one in turn is replaced by what nobody
 * expects there.
 *
 * @module
 */

/** The keys and indices that lead to a value. */
export type Path = readonly (string | number)[];

/** JSON texts of values that are right in few places. Nothing at all is the empty text. */
export const UNEXPECTED_VALUES: readonly string[] = [
  "",
  "null",
  "-1",
  "0",
  "0.5",
  "1e300",
  "9007199254740991",
  "true",
  '""',
  '"../../x"',
  '"\\u001b[31m"',
  `"${"x".repeat(10_000)}"`,
  "[]",
  "[null]",
  "{}",
  '{"length": 1e9}',
  '{"__proto__": null, "constructor": 1}',
  `${"[".repeat(2000)}${"]".repeat(2000)}`,
];

/** The paths of all values in a document, itself among them. */
export function pathsOf(document: unknown): Path[] {
  if (typeof document !== "object" || document === null) return [[]];
  return [
    [],
    ...Object.entries(document).flatMap(([key, value]) =>
      pathsOf(value).map((rest) => [Array.isArray(document) ? Number(key) : key, ...rest])
    ),
  ];
}

/** The JSON of a document with another text in place of a value; the empty one leaves it out. */
export function withValueAt(document: unknown, path: Path, text: string): string {
  const [first, ...rest] = path;
  if (first === undefined) return text;
  const parts = Object.entries(document as object).flatMap(([key, value]) => {
    const written = key === String(first) ? withValueAt(value, rest, text) : JSON.stringify(value);
    if (written === "") return [];
    return [Array.isArray(document) ? written : `${JSON.stringify(key)}:${written}`];
  });
  return Array.isArray(document) ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}
