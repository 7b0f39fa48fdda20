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
  /** Whether each doubling of x takes the same space, and points have marks. */
  readonly doubling?: boolean;
  /** Whether the vertical axis is logarithmic where values differ much; they must be above 0. */
  readonly logarithmic?: boolean;
  /** The most that a value can be. */
  readonly most?: number;
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

/** From here on, ratios of values are easier to see than differences. */
const LOGARITHMIC_RATIO = 8;

/** What Vega-Lite is told of an axis. */
interface AxisScale {
  type?: "log";
  zero?: boolean;
  nice?: boolean | number;
  domain?: number[];
  domainMax?: number;
}

/**
 * The vertical axis: no larger than the data, so that what differs can be told apart. It begins at
 * 0 where that takes no more room than the values do.
 */
function verticalScale(
  { points, doubling = false, logarithmic = false, most = Infinity }: Plot,
): AxisScale {
  const values = points.map((point) => point.y);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (logarithmic && high / low >= LOGARITHMIC_RATIO) {
    return { type: "log", nice: false, domain: [low, high] };
  }
  if (low === high) {
    // A lone value stands in the middle, as far as others are possible on both sides.
    const room = Math.abs(low) / 10 || 1;
    return { domain: [low < 0 ? low - room : Math.max(0, low - room), Math.min(most, low + room)] };
  }
  const zero = doubling && low >= 0 && low <= high - low;
  return high === most ? { zero, nice: false, domainMax: most } : { zero, nice: 5 };
}

function specOf(plot: Plot): TopLevelSpec {
  const { x, y, points, doubling = false, format } = plot;
  const lines = [...new Set(points.map(({ line }) => line))];
  const steps = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  // No line leads to a point that is alone.
  const alone = points.filter(({ line }) =>
    points.filter((other) => other.line === line).length === 1
  );
  return {
    width: 380,
    height: 220,
    background: "transparent",
    config: {
      font: "system-ui, sans-serif",
      view: { stroke: null },
      axis: { labelFontSize: 12, titleFontSize: 12 },
      legend: { labelFontSize: 12 },
    },
    data: { values: [...points] },
    layer: [
      { mark: { type: "line", point: doubling, strokeWidth: 1.5 } },
      ...(doubling || alone.length === 0
        ? []
        : [{ data: { values: alone }, mark: { type: "circle" as const, size: 40, opacity: 1 } }]),
    ],
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
        scale: verticalScale(plot),
        ...(format === undefined ? {} : { axis: { format } }),
      },
      color: {
        field: "line",
        type: "nominal",
        title: null,
        sort: lines,
        legend: { orient: "bottom", symbolType: "stroke", labelLimit: 0, columns: 1 },
      },
    },
  };
}

/** Text for an attribute or between tags. */
export function escapeXml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", '"': "&quot;" };
  return text.replace(/[&<"]/g, (character) => escapes[character]!);
}
