/**
 * The time of a demo, shared out to its trainings.
 *
 * @module
 */

import {
  type Config,
  keyPrefix,
  trainingConfig,
  type TrainingSection,
} from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";

/** The trainings of a demo: the first one, the distillation and the judge. */
const TRAININGS: readonly (TrainingSection | null)[] = [null, "distill", "ar"];

/**
 * A configuration whose trainings take so many minutes together, each as great a part of them as
 * before.
 *
 * @param minutes For all of them; null leaves the configuration as it is.
 * @throws {ConfigError} if one of the trainings ends by steps alone.
 */
export function withMinutes(config: Config, minutes: number | null): Config {
  if (minutes === null) return config;
  const parts = TRAININGS.map((section) => {
    const part = trainingConfig(config, section).train.minutes;
    if (part !== null) return part;
    const key = `${keyPrefix(section)}train.minutes`;
    throw new ConfigError(
      `--minutes ${minutes} is shared out as the recipe shares out its time, but it has no ` +
        `${key}. Set that too, by --${key}.`,
    );
  });
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const share = (part: number) => Number((part * minutes / whole).toPrecision(6));
  const [first, distill, ar] = parts.map(share);
  return {
    ...config,
    train: { ...config.train, minutes: first! },
    distill: { ...config.distill, train: { ...config.distill.train, minutes: distill! } },
    ar: { ...config.ar, train: { ...config.ar.train, minutes: ar! } },
  };
}
