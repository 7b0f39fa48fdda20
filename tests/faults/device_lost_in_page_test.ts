/**
 * Devices that pages of a browser lose in the middle of their work, given up by the page itself or
 * since the browser's GPU process ends: the work ends with an error of its own, no promise fails
 * unheard, and the same page gets the same from another device. Skipped where there is no
 * `chromium` on PATH.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { Gpu } from "../../lib/gpu/gpu.ts";
import { crashGpuProcess, openBrowser, PATIENCE_MS } from "../testing/browser.ts";
import { makeBundle } from "../testing/bundle.ts";
import { HAS_CHROMIUM } from "../testing/chromium.ts";
import { withFolder } from "../testing/folder.ts";
import { IS_NIGHTLY } from "../testing/nightly.ts";
import { serveFolders } from "../testing/static_server.ts";
import { writeTinyCheckpoint } from "../testing/tiny_checkpoint.ts";
import { drawsOf, repeatBy, someOf } from "./draws.ts";
import { type Failure, type Loss, NUM_STEPS, type WorkName } from "./page_work.ts";

/** The ways to lose a device, as functions of the page, with what is said then. */
const WAYS: Readonly<Record<string, { lose: string; says: RegExp }>> = {
  "is destroyed": { lose: "(device) => device.destroy()", says: /lost \(destroyed\)/ },
  "goes with the GPU process": { lose: "() => crash()", says: /lost \(unknown\)/ },
};

/** Devices that are opened while the GPU process ends. */
const NUM_OPENED = IS_NIGHTLY ? 50 : 3;

// What tests/testing/ asserts with asks for a module of Deno's.
const PAGE = `<link rel="icon" href="data:,">
  <script type="importmap">
    { "imports": { "node:util": "data:text/javascript,\
export const inspect = null, types = null, stripVTControlCharacters = null" } }
  </script>
  <script type="module" src="page_work.js"></script>`;

/** Opens a page that has a run beside it, and gives what fails in it unheard. */
async function openPage(browser: Browser, origin: string): Promise<[Page, unheard: string[]]> {
  const page = await browser.newPage();
  const unheard: string[] = [];
  page.on("pageerror", ({ message }) => unheard.push(message));
  await page.exposeFunction("crash", () => crashGpuProcess(browser));
  await page.goto(`${origin}/page.html`);
  return [page, unheard];
}

/** What a promise of a page comes to, which must not take forever. */
async function ask<T>(page: Page, promise: string): Promise<T> {
  await page.evaluate(`
    globalThis.found = undefined;
    void ${promise}.then((each) => globalThis.found = each);
  `);
  const found = await page.waitForFunction("globalThis.found", null, { timeout: PATIENCE_MS });
  return await found.jsonValue() as T;
}

Deno.test({
  name: "a page whose device is lost gets an error, and the same from another device",
  ignore: !HAS_CHROMIUM,
  fn: (t) =>
    withFolder(async (folder) => {
      {
        using gpu = await Gpu.open();
        await writeTinyCheckpoint(gpu, `${folder}/run`);
      }
      const program = fileURLToPath(new URL("page_work.ts", import.meta.url));
      await makeBundle(`${folder}/page_work.js`, program);
      await Deno.writeTextFile(`${folder}/page.html`, PAGE);
      await using server = serveFolders({ "/": folder }, { ranges: true });
      const browser = await openBrowser();
      try {
        for (const work of ["sample", "train"] satisfies WorkName[]) {
          for (const [way, { lose, says }] of Object.entries(WAYS)) {
            await t.step(`${work}: the device ${way}`, async () => {
              const [page, unheard] = await openPage(browser, server.origin);
              for (const i of someOf(NUM_STEPS, 1, drawsOf(work + way))) {
                const script = `loseDevice("${work}", ${i + 1}, ${lose})`;
                const { whole, again, failures } = await ask<Loss>(page, script);
                const message = repeatBy(`${work} after step ${i + 1}, ${way}`);
                assertEquals(again, whole, message);
                for (const failure of failures) {
                  assertEquals(failure.isExplained, true, `${message}: ${failure.message}`);
                  assertMatch(failure.message, says, message);
                }
              }
              assertEquals(unheard, []);
              await page.close();
            });
          }
        }
        await t.step("open: the GPU process ends", async () => {
          const [page, unheard] = await openPage(browser, server.origin);
          for (let i = 0; i < NUM_OPENED; i++) {
            const { isExplained, message } = await ask<Failure>(page, "openUntilItFails(crash)");
            assertEquals(isExplained, true, message);
          }
          assertEquals(unheard, []);
          await page.close();
        });
      } finally {
        await browser.close();
      }
    }),
});
