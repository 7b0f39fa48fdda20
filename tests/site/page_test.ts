/**
 * The page of the site in Chromium. Skipped where there is no `chromium` on PATH.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import type { Gpu } from "../../lib/gpu/gpu.ts";
import { FlowLanguageModel } from "../../lib/sampling/flow_language_model.ts";
import type { SampleOptions } from "../../lib/sampling/options.ts";
import { SHOWCASE } from "../../lib/sampling/showcase.ts";
import { HAS_CHROMIUM } from "../testing/chromium.ts";
import { withFolder } from "../testing/folder.ts";
import { gpuTest } from "../testing/gpu.ts";
import { noticeOf, ShownSite, textsOf } from "../testing/site.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";

/** The texts that Deno writes. */
async function textsOfDeno(gpu: Gpu, run: string, options: SampleOptions): Promise<string[]> {
  using model = await FlowLanguageModel.load(run, { gpu });
  return (await model.sample(options)).map(({ text }) => text);
}

/** The status of a page, once it is as the pattern says. */
async function statusOf(page: Page, pattern: RegExp): Promise<void> {
  await page.locator("#status").filter({ hasText: pattern }).waitFor();
}

/** What a test is given. */
interface Setting {
  readonly gpu: Gpu;
  readonly site: ShownSite;
  /** The run whose model the site shows. */
  readonly run: string;
}

const tests: [name: string, test: (setting: Setting) => Promise<void>][] = [];

/** A test of the page. All share a site and a browser, which take seconds to start. */
function pageTest(name: string, test: (setting: Setting) => Promise<void>): void {
  tests.push([name, test]);
}

pageTest("writes the same texts as Deno does, on a phone too", async ({ gpu, site, run }) => {
  const page = await site.page({ viewport: { width: 360, height: 640 } });
  await page.goto(`${site.address}#steps=3&texts=3&seed=5&temperature=0.8`);
  const options = { numSteps: 3, numSamples: 3, seed: 5, temperature: 0.8 };
  assertEquals(await textsOf(page), await textsOfDeno(gpu, run, options));
  const figures = await page.locator("#figures").innerText();
  assertMatch(figures, /Network evaluations\s+3\n/);
  assertMatch(figures, /Adapter\s+.*swiftshader/i);
  assertMatch(await page.locator("#about-model").innerText(), /^tiny · FLM · .* · 30 tokens$/);
  await page.getByText("More settings").click();
  const nameless = await page.evaluate(`
    [...document.querySelectorAll("input, select, textarea, button, progress")]
      .filter((each) => !each.labels?.length && !each.ariaLabel && !each.textContent.trim())
      .map((each) => each.outerHTML)
  `);
  assertEquals(nameless, [], "fields and buttons without a name");
  assertEquals(await page.evaluate("document.documentElement.scrollWidth"), 360);
});

pageTest(
  "shows every step of a text, with what changed in it marked",
  async ({ gpu, site, run }) => {
    const steps: string[] = [];
    using model = await FlowLanguageModel.load(run, { gpu });
    for await (const { tokens } of model.samplingSteps({ numSteps: 4, seed: 2 })) {
      steps.push(model.tokenizer.decode(tokens[0]!));
    }
    const page = await site.page();
    await page.goto(`${site.address}#steps=4&texts=1&seed=2`);
    await textsOf(page);
    const slider = page.getByRole("slider", { name: "Step", exact: true });
    for (const [i, text] of steps.entries()) {
      await slider.fill(String(i + 1));
      assertEquals(await textsOf(page), [text]);
      const marks = await page.locator("#texts-shown mark").count();
      assertEquals(marks > 0, i > 0 && text !== steps[i - 1], `step ${i + 1}`);
    }
  },
);

pageTest("fills in a template", async ({ gpu, site, run }) => {
  const page = await site.page();
  await page.goto(`${site.address}#steps=2&texts=2`);
  await textsOf(page);
  await page.getByLabel("Template").fill("an __ ox");
  await page.getByRole("button", { name: "Write" }).click();
  const options = { numSteps: 2, numSamples: 2, seed: 1, template: "an __ ox" };
  await page.locator("#texts-shown li p").filter({ hasText: /^an .. ox/ }).first().waitFor();
  assertEquals(await textsOf(page), await textsOfDeno(gpu, run, options));
  await page.getByLabel("Template").fill("Ünfit");
  await page.keyboard.press("Control+Enter");
  assertStringIncludes(await noticeOf(page), 'The template "Ünfit" has');
});

pageTest("stops when it is told to, and when a setting changes", async ({ site }) => {
  const page = await site.page();
  await page.goto(`${site.address}#steps=64&texts=16`);
  await textsOf(page);
  // All in one turn of the page, in which no draw can end.
  await page.evaluate(`
    document.getElementById("write").click();
    document.getElementById("seed").value = "7";
    for (const kind of ["input", "change"]) {
      document.getElementById("seed").dispatchEvent(new Event(kind, { bubbles: true }));
    }
  `);
  await statusOf(page, /^Stopped, since a setting changed$/);
  assertStringIncludes(page.url(), "seed=7");
  await page.evaluate(`
    document.getElementById("write").click();
    document.getElementById("write").click();
  `);
  await statusOf(page, /^Stopped$/);
  assertEquals(await page.locator("#write").innerText(), "Write");
  // And writes again.
  await page.getByLabel("Steps").fill("1");
  await page.getByRole("button", { name: "Write" }).click();
  assertEquals((await textsOf(page)).length, 16);
});

pageTest("says that the device was lost, and writes with another", async ({ site }) => {
  const page = await site.page();
  await page.goto(`${site.address}#steps=2&texts=2&seed=3`);
  const texts = await textsOf(page);
  await site.loseDevices();
  await page.getByRole("button", { name: "Write" }).click();
  assertMatch(await noticeOf(page), /^The GPU device was lost .* load the model anew/);
  await page.getByRole("button", { name: "Write" }).click();
  assertEquals(await textsOf(page), texts);
});

pageTest("shows how much of a model has come, and stops loading it", async ({ site }) => {
  const page = await site.page();
  const released = Promise.withResolvers<void>();
  await page.route("**/ema.safetensors", async (route) => {
    await released.promise;
    await route.continue().catch(() => {});
  });
  await page.goto(`${site.address}#steps=1&texts=1`);
  await page.locator("#detail").filter({ hasText: /^[\d.]+ KiB of [\d.]+ KiB$/ }).waitFor();
  assert(await page.getByRole("progressbar", { name: "Loading" }).isVisible());
  await page.keyboard.press("Escape");
  await statusOf(page, /^Stopped$/);
  assertEquals(await page.locator("#detail").innerText(), "");
  released.resolve();
  await page.getByRole("button", { name: "Write" }).click();
  assertEquals((await textsOf(page)).length, 1);
});

pageTest("loads another model by its address, and says what is wrong with one", async (setting) => {
  const { gpu, site } = setting;
  await writeTinyCheckpoint(gpu, `${site.folder}/runs/map`, { kind: "psd" });
  const damaged = await writeTinyCheckpoint(gpu, `${site.folder}/runs/damaged`);
  const weights = await Deno.readFile(`${damaged}/ema.safetensors`);
  weights[weights.length - 5]! ^= 1;
  await Deno.writeFile(`${damaged}/ema.safetensors`, weights);

  const page = await site.page();
  await page.goto(`${site.address}#steps=2&texts=1&gamma=0.5&model=${site.address}runs/map`);
  // What comes with a link is not loaded unasked.
  await statusOf(page, /^Write loads the model/);
  await page.getByRole("button", { name: "Write" }).click();
  const options = { numSteps: 2, renewal: 0.5, seed: 1 };
  assertEquals(
    await textsOf(page),
    await textsOfDeno(gpu, `${site.folder}/runs/map`, options),
  );
  await page.getByText("More settings").click();
  assert(await page.getByLabel("Gamma").isVisible());

  const address = page.getByLabel("Address of a run");
  await address.fill(`${site.address}runs/damaged`);
  await page.keyboard.press("Enter");
  assertMatch(await noticeOf(page), /ema\.safetensors.* damaged/s);
  await address.fill(`${site.address}runs/nothing`);
  await page.keyboard.press("Enter");
  await page.locator("#notice").filter({ hasText: "No checkpoint at" }).waitFor();
  await address.fill("");
  await page.keyboard.press("Enter");
  assertMatch(await page.locator("#form-problem").innerText(), /^Give the address of a run/);

  await page.getByLabel("Model", { exact: true }).selectOption("run");
  await page.getByRole("button", { name: "Write" }).click();
  await textsOf(page);
  assert(await page.locator("#notice").isHidden());
  assert(await page.getByLabel("Gamma").isHidden());
});

pageTest("says which number is wrong, and leads to it", async ({ site }) => {
  const page = await site.page();
  // It takes no model.
  await page.route("**/worker.*", (route) => route.abort());
  await page.goto(site.address);
  await noticeOf(page);
  await page.getByText("More settings").click();
  await page.getByLabel("Temperature").fill("0");
  await page.getByText("More settings").click();
  await page.getByRole("button", { name: "Write" }).click();
  assertEquals(
    await page.locator("#form-problem").innerText(),
    "The temperature must be a number from 0.05 to 5.",
  );
  assertEquals(await page.evaluate("document.activeElement.id"), "temperature");
  await page.keyboard.press("1");
  assert(await page.locator("#form-problem").isHidden());
});

pageTest("gives a link by which others see the same", async ({ site }) => {
  const page = await site.page();
  await page.goto(`${site.address}#steps=2&texts=2`);
  await page.getByLabel("Template").fill("one & _");
  await page.getByLabel("Template").fill("one _ two");
  await page.getByText("More settings").click();
  await page.getByLabel("Top-p").fill("0.9");
  await page.getByRole("button", { name: "Another seed" }).click();
  await statusOf(page, /^2 texts in/);
  const texts = await textsOf(page);
  await page.getByRole("button", { name: "Copy link" }).click();
  await statusOf(page, /^The link/);
  const link = await page.evaluate("navigator.clipboard.readText()") as string;
  await page.getByRole("button", { name: "Copy text 2" }).click();
  await statusOf(page, /^Text 2 is on the clipboard/);
  assertEquals(await page.evaluate("navigator.clipboard.readText()"), texts[1]);

  const other = await site.page();
  await other.goto(link);
  assertEquals(await textsOf(other), texts);
  for (const name of ["steps", "texts", "seed", "temperature", "topP", "gamma", "template"]) {
    const [there, here] = await Promise.all(
      [page, other].map((each) => each.locator(`#${name}`).inputValue()),
    );
    assertEquals(here, there, name);
  }
});

pageTest("is used by keyboard alone", async ({ site }) => {
  const page = await site.page();
  await page.goto(`${site.address}#steps=1&texts=1`);
  await textsOf(page);
  const reached: string[] = [];
  for (const key of ["Tab", "Tab", "ArrowRight", "Tab", "Tab", "Tab", "Enter"]) {
    await page.keyboard.press(key);
    reached.push(
      await page.evaluate("document.activeElement.id || document.activeElement.tagName"),
    );
  }
  assertEquals(
    reached,
    ["model-choice", "steps", "steps", "template", "SUMMARY", "write", "write"],
  );
  await page.locator("#shown-step").filter({ hasText: "2 of 2" }).waitFor();
  const outline = "getComputedStyle(document.activeElement).outlineStyle";
  assertEquals(await page.evaluate(outline), "solid");
  await page.evaluate(`
    document.getElementById("write").click();
    dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  `);
  await statusOf(page, /^Stopped$/);
});

pageTest("says which browsers can run it where there is no WebGPU", async ({ site }) => {
  for (
    const [without, words] of [
      ["delete Navigator.prototype.gpu", /WebGPU, which this browser does not have.*Chrome/],
      ["GPU.prototype.requestAdapter = async () => null", /found no graphics adapter/],
      ["delete globalThis.Float16Array", /too old for what models need/],
    ] as const
  ) {
    const page = await site.page();
    await page.addInitScript(without);
    await page.goto(site.address);
    assertMatch(await noticeOf(page), words);
    assert(await page.getByRole("button", { name: "Write" }).isDisabled());
  }
});

pageTest(
  "says that its worker is missing, and starts another one when it is there",
  async ({ site }) => {
    const page = await site.page();
    await page.route("**/worker.*", (route) => route.abort());
    await page.goto(`${site.address}#steps=1&texts=1`);
    assertMatch(await noticeOf(page), /^The page's worker could not be loaded/);
    await page.unroute("**/worker.*");
    await page.getByRole("button", { name: "Write" }).click();
    assertEquals((await textsOf(page)).length, 1);
  },
);

pageTest("works without a network once it was there", async ({ gpu, site, run }) => {
  const page = await site.page();
  await page.goto(`${site.address}#steps=2&texts=2`);
  await page.locator("#offline").filter({ hasText: "without a network" }).waitFor();
  await site.stopServing();
  await page.goto("about:blank");
  await page.goto(`${site.address}#steps=2&texts=1&seed=9`);
  const options = { numSteps: 2, seed: 9 };
  assertEquals(await textsOf(page), await textsOfDeno(gpu, run, options));
});

if (!HAS_CHROMIUM) {
  for (const [name] of tests) Deno.test({ name: `the site ${name}`, ignore: true, fn() {} });
} else {
  gpuTest("the site", (gpu, t) =>
    withFolder(async (folder) => {
      const run = `${folder}/run`;
      await writeTinyCheckpoint(gpu, run);
      await using site = await ShownSite.open(`${folder}/site`, run);
      for (const [name, test] of tests) {
        await t.step(name, () => test({ gpu, site, run }).finally(() => site.closePages()));
      }
    }));
}

Deno.test({
  name: "the site with the showcase writes the same texts as Deno does",
  ignore: !HAS_CHROMIUM,
  fn: () =>
    withFolder(async (folder) => {
      await using site = await ShownSite.open(`${folder}/site`, SHOWCASE);
      const page = await site.page();
      await page.goto(`${site.address}#steps=1&texts=2&seed=3`);
      using model = await FlowLanguageModel.load(SHOWCASE);
      const samples = await model.sample({ numSteps: 1, numSamples: 2, seed: 3 });
      assertEquals(await textsOf(page), samples.map(({ text }) => text));
    }),
});
