// Draws the curves of a report in its page, with one cursor for all of them. It stands in the page
// as it is.

const { runs, plots } = JSON.parse(document.getElementById("data").textContent);
const COLOURS = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#9d755d"];
/** Where the colours begin again, lines are dashed in another way. */
const DASHES = ["none", "7 3", "2 2", "9 3 2 3", "4 6"];
const [WIDTH, HEIGHT] = [420, 220];
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 10, 8, 24];
const hidden = new Set();
const drawn = [];

const colourOf = (run) => COLOURS[run % COLOURS.length];

/** How the line of a run is drawn. */
const strokeOf = (run) => ({
  stroke: colourOf(run),
  "stroke-dasharray": DASHES[Math.floor(run / COLOURS.length) % DASHES.length],
});

/** What large numbers are counted in. */
const UNITS = [[1e12, " T"], [1e9, " G"], [1e6, " M"]];
/** Characters that there is room for beside an axis, in its usual size. */
const AXIS_ROOM = 8;
const FONT_SIZE = 11;

/** A number in four digits, or in as many as are asked for. */
function show(value, digits = 4) {
  const [unit, name] = UNITS.find(([size]) => Math.abs(value) >= size) ?? [1, ""];
  return Number((value / unit).toPrecision(digits)) + name;
}

function element(name, attributes, parent) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

/** A piece of the line of a run, to stand before its name or value. */
function sampleOf(run) {
  const svg = element("svg", { class: "line", width: 24, height: 8 });
  element("line", { x1: 0, x2: 24, y1: 4, y2: 4, "stroke-width": 2, ...strokeOf(run) }, svg);
  return svg;
}

/** The least part of its values that an axis shows: what differs by less is drawn as the same. */
const LEAST_PART = 1e-6;

/** From the least to the greatest value; around them, if they are the same. */
function rangeOf(values) {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > LEAST_PART * size) return [low, high];
  return [low - (size / 10 || 1), high + (size / 10 || 1)];
}

/**
 * Round numbers from low to high, about as many as asked for, with the text of each, in as many
 * digits as tell them apart.
 */
function ticksOf(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  // By their numbers, since a sum of small steps may stay where it is.
  const first = Math.ceil(low / step - 1e-6);
  const last = Math.floor(high / step + 1e-6);
  const size = Math.max(Math.abs(low), Math.abs(high));
  const digits = Math.max(4, Math.ceil(Math.log10(size / step)) + 1);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const value = (first + i) * step;
    return { value, text: show(value, digits) };
  });
}

/** The point of a curve at a step, or the last one before it. */
function pointAt(points, step) {
  let found;
  for (const point of points) {
    if (point[0] > step) break;
    found = point;
  }
  return found;
}

const lastStep = Math.max(
  1,
  ...plots.flatMap(({ curves }) => curves.map(({ points }) => points.at(-1)[0])),
);
const toX = (step) => LEFT + step / lastStep * (WIDTH - LEFT - RIGHT);

function drawPlot({ title, curves }, plot) {
  const seen = curves.filter(({ run }) => !hidden.has(run));
  const values = seen.flatMap(({ points }) => points.map(([, y]) => y));
  plot.svg.replaceChildren();
  if (values.length === 0) return;
  const [low, high] = rangeOf(values);
  const toY = (y) => TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM);
  element("title", {}, plot.svg).textContent = title;
  for (const { value, text } of ticksOf(low, high, 4)) {
    const y = toY(value);
    element("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, stroke: "#e6e6e6" }, plot.svg);
    const size = FONT_SIZE * Math.min(1, AXIS_ROOM / text.length);
    const label = { x: LEFT - 4, y: y + 4, "text-anchor": "end", "font-size": size };
    element("text", label, plot.svg).textContent = text;
  }
  for (const { value, text } of ticksOf(0, lastStep, 5)) {
    const label = { x: toX(value), y: HEIGHT - 8, "text-anchor": "middle", "font-size": FONT_SIZE };
    element("text", label, plot.svg).textContent = text;
  }
  for (const { run, points } of seen) {
    const path = points.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join(" ");
    const line = { points: path, fill: "none", ...strokeOf(run), "stroke-width": 1.5 };
    element("polyline", line, plot.svg);
    if (points.length > 1) continue;
    const [[x, y]] = points;
    element("circle", { cx: toX(x), cy: toY(y), r: 3, fill: colourOf(run) }, plot.svg);
  }
  plot.cursor = element(
    "line",
    { y1: TOP, y2: HEIGHT - BOTTOM, stroke: "#888", visibility: "hidden" },
    plot.svg,
  );
}

/** Moves the cursor of all plots to a step; null takes it away. */
function moveCursor(step) {
  for (const [i, { curves }] of plots.entries()) {
    const { cursor, values } = drawn[i];
    if (cursor === undefined) continue;
    cursor.setAttribute("visibility", step === null ? "hidden" : "visible");
    values.replaceChildren();
    if (step === null) continue;
    cursor.setAttribute("x1", toX(step));
    cursor.setAttribute("x2", toX(step));
    for (const { run, points } of curves) {
      const point = hidden.has(run) ? undefined : pointAt(points, step);
      if (point === undefined) continue;
      const value = document.createElement("span");
      value.style.color = colourOf(run);
      value.append(sampleOf(run), `${show(point[1])} (${Math.round(point[0])})  `);
      values.append(value);
    }
  }
}

function drawAll() {
  for (const [i, plot] of plots.entries()) drawPlot(plot, drawn[i]);
}

for (const { title } of plots) {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = title;
  const svg = element("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    role: "img",
    "aria-label": title,
  });
  const values = document.createElement("div");
  values.className = "values";
  figure.append(caption, svg, values);
  document.getElementById("curves").append(figure);
  drawn.push({ svg, values });
  svg.addEventListener("pointermove", (event) => {
    const { left, width } = svg.getBoundingClientRect();
    const x = (event.clientX - left) / width * WIDTH;
    const share = (x - LEFT) / (WIDTH - LEFT - RIGHT);
    moveCursor(Math.min(1, Math.max(0, share)) * lastStep);
  });
  svg.addEventListener("pointerleave", () => moveCursor(null));
}

for (const [run, name] of runs.entries()) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", checked: true });
  box.addEventListener("change", () => {
    if (box.checked) hidden.delete(run);
    else hidden.add(run);
    drawAll();
  });
  label.style.color = colourOf(run);
  label.append(box, sampleOf(run), name);
  document.getElementById("legend").append(label);
}
drawAll();
