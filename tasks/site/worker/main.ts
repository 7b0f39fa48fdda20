/**
 * The site's worker: keeps a model and writes texts with it, so that the page never waits.
 *
 * @module
 */

import "./disposable_stack.ts";
import { GpuError, messageOf } from "../../../lib/errors.ts";
import type { Order, Report } from "../common/messages.ts";
import { countedFetch } from "./counted_fetch.ts";
import { WorkerModel } from "./worker_model.ts";

/** What a worker's global object is to this one; the types of Deno have no workers' own. */
interface WorkerScope {
  fetch: typeof fetch;
  postMessage(report: Report): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Order>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;

let model: WorkerModel | undefined;
let drawing = new AbortController();
/** Orders are done one after the other; those that take long end when the next one comes. */
let work: Promise<void> = Promise.resolve();

let bytes = 0;
let whole = "";
scope.fetch = countedFetch(scope.fetch.bind(globalThis), {
  onBytes: (count) => scope.postMessage({ kind: "loading", bytes: bytes += count }),
  isWhole: (address) => whole !== "" && address.startsWith(whole),
});

async function load({ location, ...order }: Order & { kind: "load" }): Promise<void> {
  model?.[Symbol.dispose]();
  model = undefined;
  bytes = 0;
  whole = order.whole ? location : "";
  try {
    model = await WorkerModel.load(location);
    scope.postMessage({ kind: "loaded", facts: model.facts });
  } catch (error) {
    scope.postMessage({ kind: "load-failed", message: messageOf(error) });
  }
}

async function draw({ draw, settings }: Order & { kind: "draw" }, signal: AbortSignal) {
  if (model === undefined || signal.aborted) return;
  try {
    const figures = await model.draw(settings, {
      signal,
      onStep: (step, texts) => scope.postMessage({ kind: "step", draw, step, texts }),
    });
    scope.postMessage({ kind: "drawn", draw, figures });
  } catch (error) {
    if (signal.aborted) return;
    const isLost = error instanceof GpuError;
    scope.postMessage({ kind: "draw-failed", draw, message: messageOf(error), isLost });
  }
}

scope.addEventListener("message", ({ data: order }) => {
  drawing.abort();
  const { signal } = drawing = new AbortController();
  if (order.kind === "load") work = work.then(() => load(order));
  else if (order.kind === "draw") work = work.then(() => draw(order, signal));
});
