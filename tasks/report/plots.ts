/**
 * Plots as SVG, drawn by Vega-Lite.
 *
 * @module
 */

import type { TopLevelSpec } from "vega-lite";

/** A point of a line. */
export interface Point {
  /** Horizontal place. */
  readonly x: number;
  /** Vertical place. */
  readonly y: number;
  /** The line that it belongs to. */
  readonly line: string;
}

/** What a plot shows. */
export interface Plot {
  /** What it is about; also read out by screen readers. */
  readonly title: string;
  /** Name of the horizontal axis. */
  readonly x: string;
  /** Name of the vertical axis. */
  readonly y: string;
  /** The lines' points. */
  readonly points: readonly Point[];
  /** Whether each doubling of x takes the same space, points have marks and y begins at 0. */
  readonly doubling?: boolean;
  /** Whether the vertical axis is logarithmic; its values must be above 0. */
  readonly logarithmic?: boolean;
  /** How values on the vertical axis are written, as D3 says it. */
  readonly format?: string;
}

/** Points of a line at most: a plot of a long run must stay small. */
const MAX_POINTS = 400;

/**
 * Means of neighbours, so that at most {@linkcode MAX_POINTS} are left; points whose y is no number
 * are left out.
 */
export function thinned(points: readonly Point[]): Point[] {
  const finite = points.filter(({ y }) => Number.isFinite(y));
  const size = Math.ceil(finite.length / MAX_POINTS);
  const mean = (group: readonly Point[], key: "x" | "y") =>
    group.reduce((sum, point) => sum + point[key], 0) / group.length;
  return Array.from({ length: size === 0 ? 0 : Math.ceil(finite.length / size) }, (_, i) => {
    const group = finite.slice(i * size, (i + 1) * size);
    return { x: mean(group, "x"), y: mean(group, "y"), line: group[0]!.line };
  });
}

/** The plot as an `<svg>` element, which needs nothing from elsewhere. */
export async function drawPlot(plot: Plot): Promise<string> {
  // Loaded when it is needed: nothing else of flm is as large.
  const [{ compile }, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  const view = new vega.View(vega.parse(compile(specOf(plot)).spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    return svg.replace("<svg ", `<svg role="img" aria-label="${escapeXml(plot.title)}" `);
  } finally {
    view.finalize();
  }
}

function specOf(
  { x, y, points, doubling = false, logarithmic = false, format }: Plot,
): TopLevelSpec {
  const lines = [...new Set(points.map(({ line }) => line))];
  const steps = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  return {
    width: 380,
    height: 220,
    background: "transparent",
    config: { font: "system-ui, sans-serif", view: { stroke: null } },
    data: { values: [...points] },
    mark: { type: "line", point: doubling, strokeWidth: 1.5 },
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: x,
        axis: { grid: false, ...(doubling ? { values: steps } : {}) },
        scale: doubling ? { type: "log", base: 2, nice: false } : { nice: false, zero: true },
      },
      y: {
        field: "y",
        type: "quantitative",
        title: y,
        scale: logarithmic ? { type: "log", nice: true } : { zero: doubling },
        ...(format === undefined ? {} : { axis: { format } }),
      },
      color: {
        field: "line",
        type: "nominal",
        title: null,
        sort: lines,
        legend: { orient: "bottom", symbolType: "stroke", labelLimit: 0, columns: 2 },
      },
    },
  };
}

/** Text for an attribute or between tags. */
export function escapeXml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", '"': "&quot;" };
  return text.replace(/[&<"]/g, (character) => escapes[character]!);
}
