import { assert, assertEquals } from "@std/assert";

const STYLE = await Deno.readTextFile(new URL("../../tasks/site/style.css", import.meta.url));

/** The colours that the style names, by scheme. */
function colours(scheme: "light" | "dark"): Map<string, string> {
  const roots = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) => body!);
  assertEquals(roots.length, 2);
  const found = roots.slice(0, scheme === "light" ? 1 : 2).join("")
    .matchAll(/--([\w-]+): (#[\da-f]{6});/g);
  return new Map([...found].map(([, name, value]) => [name!, value!]));
}

/** The relative luminance of WCAG 2. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter! + 0.05) / (darker! + 0.05);
}

/** What is read on what, and the least contrast: 4.5 for text, 3 for the edges of fields. */
const PAIRS: readonly (readonly [on: string, of: string, least: number])[] = [
  ["paper", "ink", 7],
  ["card", "ink", 7],
  ["paper", "soft", 4.5],
  ["card", "soft", 4.5],
  ["paper", "accent", 4.5],
  ["accent", "on-accent", 4.5],
  ["mark", "mark-ink", 7],
  ["paper", "bad", 4.5],
  ["bad-paper", "ink", 7],
  ["paper", "edge", 3],
];

Deno.test("the site's colours have the contrast of WCAG AA, light and dark", () => {
  for (const scheme of ["light", "dark"] as const) {
    const found = colours(scheme);
    for (const [on, of, least] of PAIRS) {
      const ratio = contrast(found.get(on)!, found.get(of)!);
      assert(ratio >= least, `${of} on ${on}, ${scheme}: ${ratio.toFixed(2)} < ${least}`);
    }
  }
});
