/**
 * What a run's folder tells of it.
 *
 * @module
 */

import { basename } from "node:path";
import { Checkpoint } from "../../lib/checkpoint/checkpoint.ts";
import { CONFIG, LATEST } from "../../lib/checkpoint/files.ts";
import { listCheckpoints } from "../../lib/checkpoint/run_folder.ts";
import type { CheckpointState, ImportedFrom } from "../../lib/checkpoint/state.ts";
import { type Config, trainingConfig } from "../../lib/config/config.ts";
import { loadConfig } from "../../lib/config/config_file.ts";
import type { OptimConfig, TrainConfig } from "../../lib/config/types.ts";
import { DataError } from "../../lib/errors.ts";
import type { Method } from "../../lib/methods/base/method.ts";
import { methodOf, methodOfCheckpoint, methodOfSection } from "../../lib/methods/table.ts";
import { exists } from "../../lib/system/exists.ts";
import { pathForCaller, taskCommand } from "../../lib/system/task_command.ts";
import {
  METRICS_FILE,
  MetricsReader,
  type MetricsRecord,
  type MetricsSink,
} from "../../lib/train/metrics.ts";
import { SUFFIXES } from "./run_folders.ts";

/** A run as its folder is now. */
export interface RunRecord {
  /** The name of its folder. */
  readonly name: string;
  /** Its folder. */
  readonly run: string;
  /** Its configuration. */
  readonly config: Config;
  /** The part of it that says how long it is, and what is written when. */
  readonly train: TrainConfig;
  /** The part of it that says how its weights are moved. */
  readonly optim: OptimConfig;
  /** What it makes. */
  readonly kind: string;
  /** What its newest checkpoint says of itself; null before the first one. */
  readonly state: CheckpointState | null;
  /** Its metrics, in order; of samples, the newest of each number of steps alone have texts. */
  readonly metrics: readonly MetricsRecord[];
  /** The steps of its checkpoints, from the last to the first. */
  readonly checkpoints: readonly number[];
}

/** A folder that says nothing of a training, or nothing yet. */
export class NoRecordError extends DataError {}

/** Reads the folder of a run, which may be in training: each time only what has changed since. */
export class RunReader {
  readonly #run: string;
  readonly #metrics: MetricsReader;
  readonly #records = new KeptRecords();
  readonly #checkpoint = new Cached<Checkpoint | null>();
  readonly #config = new Cached<Config | undefined>();

  /** Of a run in a folder. */
  constructor(run: string) {
    this.#run = run;
    this.#metrics = new MetricsReader(`${run}/${METRICS_FILE}`);
  }

  /**
   * The run as it is now. Its metrics are the reader's own, and grow when it reads again.
   *
   * @throws {NoRecordError} if it is no run, has no metrics, or does not say what it is.
   * @throws {DataError} if its metrics are damaged.
   * @throws {CheckpointError} if its newest checkpoint is damaged.
   */
  async read(): Promise<RunRecord> {
    const run = this.#run;
    const name = basename(run);
    // What is written last comes first: a checkpoint tells of no step that the metrics do not have.
    const checkpoints = await listCheckpoints(run);
    const checkpoint = await this.#checkpoint.get(
      `${checkpoints.join()} ${await markOf(`${run}/${LATEST}`)}`,
      async () => checkpoints.length === 0 ? null : await Checkpoint.open(run),
    );
    const state = checkpoint?.state ?? null;
    if (!await this.#metrics.read(this.#records)) throw withoutMetrics(run, state?.imported);
    // A run that was resumed may have been given other settings than its checkpoint has.
    const file = `${run}/${CONFIG}`;
    const mark = await markOf(file);
    const readOwn = async () => mark === NOT_THERE ? undefined : await loadConfig(file);
    const config = await this.#config.get(mark, readOwn) ?? state?.config;
    if (config === undefined) {
      throw new NoRecordError(
        `There is neither ${CONFIG} nor a checkpoint in ${
          pathForCaller(run)
        }: nothing says what it is.`,
      );
    }
    const { kind, section } = checkpoint === null
      ? methodOfName(name, config)
      : methodOfCheckpoint(checkpoint);
    const parts = trainingConfig(config, section);
    return { name, run, config, ...parts, kind, state, metrics: this.#records.all, checkpoints };
  }
}

/** Reads the folder of a run once, as a {@linkcode RunReader} does. */
export function readRunRecord(run: string): Promise<RunRecord> {
  return new RunReader(run).read();
}

/** The records of a run, without the texts of samples that others of their kind came after. */
class KeptRecords implements MetricsSink {
  /** All of them, in order. */
  readonly all: MetricsRecord[] = [];
  /** The places of the newest samples, by how these were written. */
  readonly #newest = new Map<string, number>();

  add(record: MetricsRecord): void {
    if (record.kind === "samples") {
      const way = `${record.numSteps} ${record.gamma}`;
      const before = this.#newest.get(way);
      if (before !== undefined) this.all[before] = withoutTexts(this.all[before]!);
      this.#newest.set(way, this.all.length);
    }
    this.all.push(record);
  }

  clear(): void {
    this.all.length = 0;
    this.#newest.clear();
  }
}

function withoutTexts({ step, ...values }: MetricsRecord): MetricsRecord {
  const rest = Object.entries(values).filter(([name]) => !/^text\d+$/.test(name));
  return { step, ...Object.fromEntries(rest) };
}

/** What is made of files, and made anew when these change. */
class Cached<T> {
  #made: { readonly mark: string; readonly value: T } | undefined;

  /** @param mark What tells the files as they are now from how they were. */
  async get(mark: string, make: () => Promise<T>): Promise<T> {
    if (this.#made?.mark !== mark) this.#made = { mark, value: await make() };
    return this.#made.value;
  }
}

const NOT_THERE = "not there";

/** What tells whether a file has changed. */
async function markOf(path: string): Promise<string> {
  if (!await exists(path)) return NOT_THERE;
  const info = await Deno.stat(path).catch(() => null);
  return `${info?.ino} ${info?.size} ${info?.mtime?.getTime()}`;
}

/** The error of a folder that tells nothing of a training. */
function withoutMetrics(run: string, imported?: ImportedFrom): NoRecordError {
  const shown = pathForCaller(run);
  return new NoRecordError(
    imported === undefined
      ? `There is no ${METRICS_FILE} in ${shown}: expected the folder of a run that was trained here.`
      : `${shown} was imported from ${imported.source}, and has no ${METRICS_FILE}: only trainings ` +
        `write one. ${taskCommand("evaluate", ["--checkpoint", run])} measures its texts.`,
  );
}

/** The method of a run whose first checkpoint is not there yet, by its folder's name. */
function methodOfName(name: string, config: Config): Method {
  const found = Object.entries(SUFFIXES).find(([, suffix]) => name.endsWith(suffix));
  if (found === undefined) return methodOf(config.method);
  const section = found[0] as keyof typeof SUFFIXES;
  return section === "distill"
    ? methodOf(config.distill.method, "distill.method")
    : methodOfSection(section);
}
