/**
 * Keeps the site for times without a network.
 *
 * @module
 */

/** Starts the service worker; `ready` is called once the site's files are kept. */
export async function keepForOffline(ready: () => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("sw.js");
    await navigator.serviceWorker.ready;
    ready();
  } catch {
    // A browser that keeps nothing, as in private windows, shows the page all the same.
  }
}
