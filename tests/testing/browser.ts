/**
 * Chromium as a person sees it: pages that are looked at and clicked on.
 *
 * @module
 */

import { type Browser, chromium } from "playwright-core";
import { delimiter } from "node:path";
import { CHROMIUM_WEBGPU } from "./chromium.ts";

/** Milliseconds after which what a page should do counts as missing. */
export const PATIENCE_MS = 60_000;

/** Without these, pages get no device once the GPU process has ended a few times. */
const FORGIVING = ["--disable-domain-blocking-for-3d-apis", "--disable-gpu-process-crash-limit"];

/** Starts a browser that has WebGPU, with more flags if need be. */
export async function openBrowser(...flags: string[]): Promise<Browser> {
  return await chromium.launch({
    executablePath: await pathOfChromium(),
    args: ["--no-sandbox", ...CHROMIUM_WEBGPU, ...FORGIVING, ...flags],
  });
}

/** Ends the process that works for the devices of all pages, as a fault of a driver does. */
export async function crashGpuProcess(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess");
  await session.detach();
}

async function pathOfChromium(): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    const path = `${folder}/chromium`;
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  throw new Error("There is no chromium on the PATH");
}
