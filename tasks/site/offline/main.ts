/**
 * The site's service worker: keeps the site's files, so that it works without a network.
 *
 * @module
 */

import type { KeptFiles } from "./kept_files.ts";

/** An event whose work goes on until a promise settles. */
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

/** A request of a page. */
interface FetchEvent extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** What a service worker's global object is to this one; the types of Deno have none. */
interface ServiceWorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(
    type: "install" | "activate",
    listener: (event: ExtendableEvent) => void,
  ): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}

/** Written before this program by who builds the site. */
declare const KEPT: KeptFiles;

const scope = globalThis as unknown as ServiceWorkerScope;
const CACHE = "flm-site";

const page = new URL(KEPT.page, scope.registration.scope).href;
const named = KEPT.named.map((path) => new URL(path, scope.registration.scope).href);

/** Fetches what is not kept yet: a file that changes gets another name, but for the page. */
async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const address of named) {
    if (await cache.match(address) === undefined) await keep(cache, address);
  }
  await keep(cache, page, "reload");
  await scope.skipWaiting();
}

async function keep(cache: Cache, address: string, mode: RequestCache = "default"): Promise<void> {
  const response = await fetch(address, { cache: mode });
  if (!response.ok) throw new Error(`${address}: HTTP ${response.status}`);
  await cache.put(address, response);
}

/** Forgets files of older sites. */
async function forgetOthers(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const { url } of await cache.keys()) {
    if (url !== page && !named.includes(url)) await cache.delete(url);
  }
  await scope.clients.claim();
}

/** The newest page if there is a network, else the one that is kept. */
async function answerPage(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(page);
    if (kept === undefined) throw error;
    return kept;
  }
}

async function answerFile(request: Request): Promise<Response> {
  return await (await caches.open(CACHE)).match(request.url) ?? await fetch(request);
}

scope.addEventListener("install", (event) => event.waitUntil(keepFiles()));
scope.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(answerPage(request));
  else if (named.includes(request.url)) event.respondWith(answerFile(request));
});
