/**
 * Pages of one file.
 *
 * @module
 */

import { escapeXml } from "./plots.ts";

/** What a page is made of. */
export interface HtmlPage {
  /** Its title, and first heading. */
  readonly title: string;
  /** What follows, as HTML; empty ones are left out. */
  readonly sections: readonly string[];
  /** Rules of style besides those of all pages. */
  readonly style?: string;
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 64rem; margin: 2rem auto;
  padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.8rem; border-bottom: 1px solid #ddd; text-align: right; }
th { vertical-align: bottom; }
thead th:first-child, tbody th { text-align: left; }
tbody th { font-weight: normal; vertical-align: top; }
.table { overflow-x: auto; }
figure { display: inline-block; max-width: 100%; margin: 1rem 1rem 1rem 0; vertical-align: top; }
figcaption { font-weight: 600; }
svg { max-width: 100%; height: auto; }
pre { background: #f6f6f6; padding: 0.8rem; overflow-x: auto; white-space: pre-wrap;
  overflow-wrap: anywhere; }
p, h1, h2, h3, td { overflow-wrap: break-word; }
@media (max-width: 40rem) {
  table { font-size: 0.8rem; }
  th, td { padding: 0.2rem 0.3rem; }
}
@media (max-width: 30rem) {
  body { padding: 0 0.5rem; }
  table { font-size: 0.7rem; }
  th, td { padding: 0.2rem 0.15rem; }
}`;

/** The whole page, which needs nothing from elsewhere. */
export function htmlPage({ title, sections, style = "" }: HtmlPage): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>${STYLE}${style}
</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
${sections.filter((section) => section !== "").join("\n")}
</body>
</html>
`;
}
