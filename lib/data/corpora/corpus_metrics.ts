/**
 * Metrics that belong to a corpus, since they ask for what its texts must be.
 *
 * @module
 */

import type { CorpusLocation } from "../corpus.ts";
import type { SampleMetric } from "../sample_metric.ts";
import { LETTERS_METRICS } from "./letters_metrics.ts";

/** The metrics of each kind of corpus that has some. */
export const CORPUS_METRICS: Readonly<
  Partial<Record<CorpusLocation["kind"], readonly SampleMetric[]>>
> = { letters: LETTERS_METRICS };
