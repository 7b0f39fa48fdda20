/**
 * The form of the settings.
 *
 * @module
 */

import { formatCount } from "../../../lib/cli/format.ts";
import type { ModelFacts } from "../common/messages.ts";
import { type NumberName, numberOf, RANGES, type Settings } from "../common/settings.ts";
import { element, showText } from "./elements.ts";

/** The names of the fields of numbers, and what people call them. */
const LABELS: Readonly<Record<NumberName, string>> = {
  steps: "Steps",
  texts: "Texts",
  seed: "The seed",
  temperature: "The temperature",
  topP: "Top-p",
  gamma: "Gamma",
};
const NAMES = Object.keys(LABELS) as NumberName[];

/** What a blank of a template stands for, by the tokens of the model. */
const BLANKS: Readonly<Record<ModelFacts["unit"], string>> = {
  character: "of one character",
  bytes: "of one token, a word or a part of one",
  word: "of one word or a part of one",
};

/** What a person typed is not what it should be. */
class InputError extends Error {
  /** The field to mend. */
  readonly field: HTMLElement;

  constructor(message: string, field: HTMLElement) {
    super(message);
    this.field = field;
  }
}

/** Who is told that a person changes settings. */
export interface SettingsListener {
  /** Called at every key and every move. */
  changing(): void;
  /** Called when the person is done with a field. */
  changed(): void;
}

/** The settings as fields. */
export class SettingsForm {
  readonly #form = element("settings", HTMLFormElement);
  readonly #choice = element("model-choice", HTMLSelectElement);
  readonly #model = element("model", HTMLInputElement);
  readonly #template = element("template", HTMLTextAreaElement);
  readonly #steps = element("steps-shown", HTMLOutputElement);
  readonly #problem = element("form-problem", HTMLParagraphElement);
  readonly #numbers = new Map(NAMES.map((name) => [name, element(name, HTMLInputElement)]));

  /** Gives the fields their ranges. */
  constructor(listener: SettingsListener) {
    for (const [name, field] of this.#numbers) {
      field.min = String(RANGES[name].min);
      field.max = String(RANGES[name].max);
    }
    this.#form.addEventListener("input", () => {
      this.#update();
      listener.changing();
    });
    this.#form.addEventListener("change", () => listener.changed());
  }

  /** Calls `listener` when a person sends the form. */
  onSubmit(listener: () => void): void {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      listener();
    });
    // In a template, Enter begins a new line.
    this.#template.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#form.requestSubmit();
    });
  }

  /** Puts settings into the fields. */
  show(settings: Settings): void {
    this.#choice.value = settings.model === "" ? "" : "other";
    this.#model.value = settings.model;
    this.#template.value = settings.template;
    for (const [name, field] of this.#numbers) field.value = String(settings[name] ?? "");
    this.#update();
  }

  /** The settings, or null if a field is wrong, which the form then says. */
  read(): Settings | null {
    const settings = this.#read();
    if (!(settings instanceof InputError)) return settings;
    this.#showProblem(settings);
    return null;
  }

  /** The same for a person who may not be ready yet: nothing is said. */
  peek(): Settings | null {
    const settings = this.#read();
    return settings instanceof InputError ? null : settings;
  }

  #read(): Settings | InputError {
    try {
      const numbers = [...this.#numbers].map(([name, field]) => [name, readNumber(name, field)]);
      return {
        ...Object.fromEntries(numbers),
        model: this.#readModel(),
        template: this.#template.value,
      };
    } catch (error) {
      if (error instanceof InputError) return error;
      throw error;
    }
  }

  /** Shows only what a model takes, and what a blank is to it. */
  showFacts({ takesGamma, takesSharpening, unit, length }: ModelFacts): void {
    element("gamma-field", HTMLDivElement).hidden = !takesGamma;
    element("gamma-hint", HTMLParagraphElement).hidden = !takesGamma;
    for (const name of ["temperature", "topP"] as const) {
      this.#numbers.get(name)!.parentElement!.hidden = !takesSharpening;
    }
    const room = ` A text has ${formatCount(length)} tokens.`;
    element("blank-unit", HTMLSpanElement).textContent = `${BLANKS[unit]}.${room}`;
  }

  #update(): void {
    const isOther = this.#choice.value === "other";
    element("other-model", HTMLDivElement).hidden = !isOther;
    this.#steps.value = this.#numbers.get("steps")!.value;
    this.#forgetProblem();
  }

  /** @throws {InputError} */
  #readModel(): string {
    if (this.#choice.value === "") return "";
    const model = this.#model.value.trim();
    if (model !== "") return model;
    throw new InputError("Give the address of a run, or hf:OWNER/NAME.", this.#model);
  }

  #showProblem({ message, field }: InputError): void {
    this.#forgetProblem();
    field.closest("details")?.setAttribute("open", "");
    field.setAttribute("aria-invalid", "true");
    showText(this.#problem, message);
    field.focus();
  }

  #forgetProblem(): void {
    for (const field of this.#form.querySelectorAll("[aria-invalid]")) {
      field.removeAttribute("aria-invalid");
    }
    showText(this.#problem, "");
  }
}

/** @throws {InputError} */
function readNumber(name: NumberName, field: HTMLInputElement): number | null {
  const range = RANGES[name];
  const value = numberOf(field.value, range);
  const isEmpty = field.value === "" && !field.validity.badInput;
  if (value !== null || (isEmpty && !field.required)) return value;
  const kind = range.whole ? "a whole number" : "a number";
  const { min, max } = range;
  throw new InputError(`${LABELS[name]} must be ${kind} from ${min} to ${max}.`, field);
}
