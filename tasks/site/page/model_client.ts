/**
 * The page's end of the worker.
 *
 * @module
 */

import type { Order, Report } from "../common/messages.ts";
import type { Settings } from "../common/settings.ts";

/** Keeps a worker, and passes on what it tells of what was asked for last. */
export class ModelClient {
  readonly #address: string;
  readonly #receive: (report: Report) => void;
  #worker: Worker | undefined;
  #draw = 0;

  /** Makes a client of the worker at `address`, which starts with the first model. */
  constructor(address: string, receive: (report: Report) => void) {
    this.#address = address;
    this.#receive = receive;
  }

  /** Loads a model in place of the one that there is. */
  load(location: string, whole: boolean): void {
    this.#worker ??= this.#start();
    this.#tell({ kind: "load", location, whole });
  }

  /** Writes texts. */
  draw(settings: Settings): void {
    this.#tell({ kind: "draw", draw: ++this.#draw, settings });
  }

  /** Stops a draw. */
  stop(): void {
    this.#draw++;
    this.#tell({ kind: "stop" });
  }

  /** Gives the model up, whatever the worker is doing. */
  end(): void {
    this.#draw++;
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #tell(order: Order): void {
    this.#worker?.postMessage(order);
  }

  #start(): Worker {
    const worker = new Worker(this.#address, { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
      if (worker !== this.#worker || ("draw" in data && data.draw !== this.#draw)) return;
      this.#receive(data);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      this.end();
      const message = event.message || "The page's worker could not be loaded. Reload the page.";
      this.#receive({ kind: "load-failed", message });
    });
    return worker;
  }
}
