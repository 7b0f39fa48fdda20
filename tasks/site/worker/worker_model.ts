/**
 * A model as the page knows it.
 *
 * @module
 */

import { countParameters } from "../../../lib/model/parameters.ts";
import { FlowLanguageModel } from "../../../lib/sampling/flow_language_model.ts";
import type { SamplingStats } from "../../../lib/sampling/options.ts";
import type { DrawFigures, ModelFacts, TextRun } from "../common/messages.ts";
import { RANGES, type Settings } from "../common/settings.ts";
import { textRuns } from "../common/text_runs.ts";

/** Options of {@linkcode WorkerModel.draw}. */
export interface WorkerDrawOptions {
  /** Ends the draw. */
  readonly signal: AbortSignal;
  /** Called after every step with the texts as they stand. */
  readonly onStep: (step: number, texts: TextRun[][]) => void;
}

/** A loaded model. */
export class WorkerModel implements Disposable {
  readonly #model: FlowLanguageModel;
  readonly #notes: readonly string[];

  private constructor(model: FlowLanguageModel, notes: readonly string[]) {
    this.#model = model;
    this.#notes = notes;
  }

  /** Loads it. @throws {FlmError} as `FlowLanguageModel.load` does. */
  static async load(location: string): Promise<WorkerModel> {
    const notes: string[] = [];
    const onNote = (note: string) => void notes.push(note);
    return new WorkerModel(await FlowLanguageModel.load(location, { onNote }), notes);
  }

  /** What is shown of it. */
  get facts(): ModelFacts {
    const { state, method, network, teacher, tokenizer, gpu } = this.#model;
    const networks = teacher === undefined ? [network] : [network, teacher];
    return {
      name: state.config.name,
      title: method.title,
      numParameters: networks.reduce(
        (sum, each) => sum + countParameters(each.parameters.specs),
        0,
      ),
      length: network.config.length,
      vocabSize: tokenizer.vocabSize,
      unit: tokenizer.unit,
      takesGamma: method.writer?.takesRenewal ?? false,
      takesSharpening: method.writer?.takesSharpening ?? false,
      adapterName: gpu.adapterName,
      notes: this.#notes,
    };
  }

  /**
   * Writes texts, all at the same time. What this model does not take is left out.
   *
   * @throws {FlmError} as `FlowLanguageModel.sample` does.
   */
  async draw(settings: Settings, { signal, onStep }: WorkerDrawOptions): Promise<DrawFigures> {
    const { takesGamma, takesSharpening } = this.facts;
    const { template, gamma, temperature, topP } = settings;
    let before: readonly Uint32Array[] = [];
    let figures: SamplingStats | undefined;
    await this.#model.sample({
      numSamples: settings.texts,
      batchSize: RANGES.texts.max,
      numSteps: settings.steps,
      seed: settings.seed,
      signal,
      ...template !== "" && { template },
      ...takesGamma && gamma !== null && { renewal: gamma },
      ...takesSharpening && { temperature, topP },
      onStep: ({ step, tokens }) => {
        const decode = (ids: Uint32Array) => this.#model.tokenizer.decode(ids);
        onStep(step, tokens.map((ids, i) => textRuns(ids, before[i], decode)));
        before = tokens;
      },
      onStats: (stats) => figures = stats,
    });
    const { seconds, numTexts, numTokens, numEvaluations } = figures!;
    return { seconds, numTexts, numTokens, numEvaluations };
  }

  /** Frees it, and its device. */
  [Symbol.dispose](): void {
    this.#model[Symbol.dispose]();
  }
}
