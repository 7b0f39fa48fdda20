/**
 * What a person sets, and its way into the page's address and back.
 *
 * @module
 */

/** How texts are drawn, and with which model. */
export interface Settings {
  /** What `FlowLanguageModel.load` takes; empty for the model that comes with the site. */
  readonly model: string;
  /** Network evaluations for each text. */
  readonly steps: number;
  /** Texts. */
  readonly texts: number;
  /** Seed of the noise. */
  readonly seed: number;
  /** Divides logits. */
  readonly temperature: number;
  /** Which share of the probability is kept. */
  readonly topP: number;
  /** The share of the noise that each step renews; null leaves it to the model. */
  readonly gamma: number | null;
  /** How the texts are given in part, `_` for each free token; empty if they are not. */
  readonly template: string;
}

/** The names of the settings that are numbers. */
export type NumberName = "steps" | "texts" | "seed" | "temperature" | "topP" | "gamma";

/** What a number may be. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whether it is a whole one. */
  readonly whole: boolean;
}

/** What the numbers may be. */
export const RANGES: Readonly<Record<NumberName, NumberRange>> = {
  steps: { min: 1, max: 64, whole: true },
  texts: { min: 1, max: 16, whole: true },
  seed: { min: 0, max: 4294967295, whole: true },
  temperature: { min: 0.05, max: 5, whole: false },
  topP: { min: 0.01, max: 1, whole: false },
  gamma: { min: 0, max: 1, whole: false },
};

/** The settings of who has set nothing. */
export const DEFAULTS: Settings = {
  model: "",
  steps: 16,
  texts: 4,
  seed: 1,
  temperature: 1,
  topP: 1,
  gamma: null,
  template: "",
};

/** Settings as the part of an address after `#`; what is empty is left out. */
export function fragmentOf(settings: Settings): string {
  const set = Object.entries(settings).filter(([, value]) => value !== null && value !== "");
  return new URLSearchParams(set.map(([name, value]) => [name, String(value)])).toString();
}

/**
 * The settings of an address. What it lacks, or has beyond its range, is as in
 * {@linkcode DEFAULTS}.
 */
export function settingsOf(fragment: string): Settings {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const numbers = Object.keys(RANGES).map((key) => {
    const name = key as NumberName;
    return [name, numberOf(given.get(name), RANGES[name]) ?? DEFAULTS[name]] as const;
  });
  return {
    ...DEFAULTS,
    ...Object.fromEntries(numbers),
    model: given.get("model")?.trim() ?? DEFAULTS.model,
    template: given.get("template") ?? DEFAULTS.template,
  };
}

/** The number that a text is, or null if it is none of the range. */
export function numberOf(
  text: string | null,
  { min, max, whole }: NumberRange,
): number | null {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return value >= min && value <= max && (!whole || Number.isInteger(value)) ? value : null;
}
