import { assertEquals } from "@std/assert";
import {
  DEFAULTS,
  fragmentOf,
  type Settings,
  settingsOf,
} from "../../tasks/site/common/settings.ts";

const SET: Settings = {
  model: "https://example.org/runs/a b?x=1&y=2#z",
  steps: 7,
  texts: 3,
  seed: 4294967295,
  temperature: 0.7,
  topP: 0.95,
  gamma: 0,
  template: "the __ of & = ü\nlast %20 + line",
};

Deno.test("settingsOf() gives what fragmentOf() was given", () => {
  for (const settings of [SET, DEFAULTS]) {
    assertEquals(settingsOf(`#${fragmentOf(settings)}`), settings);
  }
});

Deno.test("fragmentOf() leaves out what is empty, and names all numbers", () => {
  assertEquals(fragmentOf(DEFAULTS), "steps=16&texts=4&seed=1&temperature=1&topP=1");
});

Deno.test("settingsOf() takes defaults for what is missing, out of range or no number", () => {
  assertEquals(settingsOf(""), DEFAULTS);
  const wrong = "steps=65&texts=2.5&seed=-1&temperature=0&topP=nothing&gamma=&other=1";
  assertEquals(settingsOf(wrong), DEFAULTS);
});
