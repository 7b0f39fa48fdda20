/**
 * The page of the site.
 *
 * @module
 */

import { formatBytes, formatDuration } from "../../../lib/cli/format.ts";
import type { ModelFacts, Report } from "../common/messages.ts";
import { fragmentOf, RANGES, type Settings, settingsOf } from "../common/settings.ts";
import { element, showText } from "./elements.ts";
import { describeModel, showFigures } from "./figures.ts";
import { ModelClient } from "./model_client.ts";
import { keepForOffline } from "./offline.ts";
import { Replay } from "./replay.ts";
import { SettingsForm } from "./settings_form.ts";
import { StateLine } from "./state_line.ts";
import { TextList } from "./text_list.ts";
import { webGpuProblem } from "./webgpu.ts";

/** What the page's own script was told by who built the site. */
const { worker, model: showcase, modelBytes } = document.querySelector<HTMLScriptElement>(
  "script[data-worker]",
)!.dataset;

const state = new StateLine();
const list = new TextList((text, index) => copy(text, `Text ${index + 1}`));
const replay = new Replay((texts) => list.show(texts));
const form = new SettingsForm({ changing, changed });
const client = new ModelClient(worker!, receive);
const write = element("write", HTMLButtonElement);
const another = element("another", HTMLButtonElement);
const about = element("about-model", HTMLParagraphElement);

/** What goes on. */
let activity: "none" | "loading" | "writing" = "none";
/** The model that the worker has, or is loading, as the settings name it; null if there is none. */
let model: string | null = null;
let facts: ModelFacts | undefined;
/** The settings of the draw that goes on. */
let drawn: Settings | undefined;

function begin(next: typeof activity): void {
  activity = next;
  write.textContent = next === "none" ? "Write" : "Stop";
  document.body.dataset["activity"] = next;
  if (next !== "none") element("figures", HTMLDListElement).hidden = true;
}

/** Ends what goes on. */
function end(status: string): void {
  if (activity === "writing") client.stop();
  if (activity === "loading") {
    client.end();
    model = null;
  }
  begin("none");
  state.say(status);
}

/** Loads the model if need be, and draws. */
function start(): void {
  const settings = form.read();
  if (settings === null) return;
  remember(settings);
  state.fail("");
  if (settings.model === model && facts !== undefined) return draw(settings);
  [model, facts] = [settings.model, undefined];
  about.textContent = "";
  begin("loading");
  state.say("Loading the model");
  const location = model === "" ? new URL(showcase!, document.baseURI).href : model;
  client.load(location, model === "");
}

function draw(settings: Settings): void {
  drawn = settings;
  begin("writing");
  state.say("Writing");
  replay.begin(settings.steps);
  client.draw(settings);
}

function receive(report: Report): void {
  switch (report.kind) {
    case "loading": {
      if (activity !== "loading") return;
      const total = model === "" ? Number(modelBytes) : null;
      const bytes = formatBytes(report.bytes);
      if (total === null) state.progress(bytes, null);
      else state.progress(`${bytes} of ${formatBytes(total)}`, report.bytes / total);
      return;
    }
    case "loaded":
      facts = report.facts;
      form.showFacts(facts);
      about.textContent = describeModel(facts);
      keep();
      // What was set meanwhile counts.
      begin("none");
      return start();
    case "step":
      replay.add(report.texts);
      element("legend", HTMLParagraphElement).hidden = drawn!.steps === 1;
      return;
    case "drawn":
      begin("none");
      showFigures(report.figures, facts!);
      return state.say(
        `${drawn!.texts === 1 ? "1 text" : `${drawn!.texts} texts`} in ${
          formatDuration(report.figures.seconds)
        }`,
      );
    case "load-failed":
      model = null;
      return fail(report.message);
    case "draw-failed":
      if (report.isLost) model = null;
      return fail(report.message);
  }
}

function fail(message: string): void {
  begin("none");
  state.say("");
  state.fail(message);
}

/** What is being written is no longer what a person wants. */
function changing(): void {
  if (activity === "writing") end("Stopped, since a setting changed");
  if (activity === "loading" && form.peek()?.model !== model) {
    end("Stopped, since the model changed");
  }
}

function changed(): void {
  const settings = form.peek();
  if (settings !== null) remember(settings);
}

function remember(settings: Settings): void {
  history.replaceState(null, "", `#${fragmentOf(settings)}`);
}

/**
 * Shows the settings of the page's address. What would be loaded from elsewhere waits for a person.
 */
function restore(): void {
  const settings = settingsOf(location.hash);
  if (activity !== "none") end("");
  form.show(settings);
  if (settings.model === "" || settings.model === model) return start();
  state.say("Write loads the model from the address that is given");
}

async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    state.say(`${what} is on the clipboard`);
  } catch {
    state.say("The browser does not let this page copy");
  }
}

/** Comes after what the person waits for. */
function keep(): void {
  keepForOffline(() => {
    element("offline", HTMLParagraphElement).textContent =
      "This page and its model now work without a network, too.";
  });
}

/** On narrow screens the texts lie below the form. */
function seeTexts(): void {
  const results = element("results", HTMLElement);
  if (results.getBoundingClientRect().top < innerHeight / 2) return;
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  results.scrollIntoView({ behavior: isCalm ? "auto" : "smooth" });
}

form.onSubmit(() => {
  if (activity !== "none") return end("Stopped");
  start();
  if (activity !== "none") seeTexts();
});

another.addEventListener("click", () => {
  const settings = form.read();
  if (settings === null) return;
  if (activity === "writing") end("");
  form.show({ ...settings, seed: Math.floor(Math.random() * Math.min(1e6, RANGES.seed.max)) });
  if (activity === "loading") return;
  start();
  seeTexts();
});

element("share", HTMLButtonElement).addEventListener("click", () => {
  copy(location.href, "The link to these settings");
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && activity !== "none") end("Stopped");
});

const problem = await webGpuProblem();
if (problem === null) {
  addEventListener("hashchange", restore);
  restore();
} else {
  form.show(settingsOf(location.hash));
  write.disabled = another.disabled = true;
  showText(element("unable", HTMLParagraphElement), problem);
}
