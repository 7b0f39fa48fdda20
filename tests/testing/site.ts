/**
 * The site of `deno task site`, seen in Chromium.
 *
 * @module
 */

import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { buildSite } from "../../tasks/site/build.ts";
import { findModel } from "../../tasks/site/model_files.ts";
import { serveSite } from "../../tasks/site/serve.ts";
import { crashGpuProcess, openBrowser, PATIENCE_MS } from "./browser.ts";

/** A site that is served, and a browser. */
export class ShownSite implements AsyncDisposable {
  /** Where it is served. */
  readonly address: string;
  /** Its folder. */
  readonly folder: string;
  readonly #browser: Browser;
  readonly #server: { stop: AbortController; finished: Promise<void> };

  private constructor(
    place: { address: string; folder: string },
    browser: Browser,
    server: { stop: AbortController; finished: Promise<void> },
  ) {
    this.address = place.address;
    this.folder = place.folder;
    this.#browser = browser;
    this.#server = server;
  }

  /** Builds a site with the model of a run in a folder, and serves it. */
  static async open(folder: string, model: string): Promise<ShownSite> {
    await buildSite(folder, await findModel(model));
    const stop = new AbortController();
    const { address, finished } = serveSite(folder, { port: 0, signal: stop.signal });
    // As Safari, it has neither `using` nor what goes with it.
    const browser = await openBrowser("--js-flags=--no-js-explicit-resource-management");
    return new ShownSite({ address, folder }, browser, { stop, finished });
  }

  /** A page of a browser that knows nothing of the site yet, and has not gone there. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      permissions: ["clipboard-read", "clipboard-write"],
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return await context.newPage();
  }

  /** Closes all pages. */
  async closePages(): Promise<void> {
    for (const context of this.#browser.contexts()) await context.close();
  }

  /** Takes the devices of all pages away. */
  async loseDevices(): Promise<void> {
    await crashGpuProcess(this.#browser);
  }

  /** Takes it off the network. */
  async stopServing(): Promise<void> {
    this.#server.stop.abort();
    await this.#server.finished;
  }

  /** Ends both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.stopServing();
  }
}

/** The texts once they are there. */
export async function textsOf(page: Page): Promise<string[]> {
  await page.locator('[data-activity="none"] #figures:not([hidden])').waitFor();
  return await page.locator("#texts-shown li p").allTextContents();
}

/** The error that a page shows. */
export async function noticeOf(page: Page): Promise<string> {
  const notice = page.locator(".notice:not([hidden])");
  await notice.waitFor();
  return await notice.innerText();
}
