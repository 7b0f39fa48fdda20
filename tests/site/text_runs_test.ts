import { assertEquals } from "@std/assert";
import { textRuns } from "../../tasks/site/common/text_runs.ts";
import { createTokenizer } from "../../lib/text/create_tokenizer.ts";
import { learnTokenizer } from "../testing/bpe.ts";
import { randomIntegers } from "../testing/random_integers.ts";

/** Its tokens are bytes, nearly all of them. */
const bytes = await learnTokenizer("the the cat", 262);
const inBytes = (ids: Uint32Array) => bytes.decode(ids);
const text8 = await createTokenizer("text8");
const inText8 = (ids: Uint32Array) => text8.decode(ids);

/** Tokens of a text8 text in its frame. */
function framed(text: string): Uint32Array {
  return Uint32Array.from([text8.bosId, ...text8.encode(text), text8.eosId]);
}

Deno.test("textRuns() marks the characters of tokens that changed", () => {
  assertEquals(textRuns(framed("the hat"), framed("the cat"), inText8), [
    { text: "the ", changed: false },
    { text: "h", changed: true },
    { text: "at", changed: false },
  ]);
});

Deno.test("textRuns() marks nothing if there was nothing before", () => {
  assertEquals(textRuns(framed("the hat"), undefined, inText8), [
    { text: "the hat", changed: false },
  ]);
});

Deno.test("textRuns() keeps the line between two texts with what follows it", () => {
  const [a, b] = text8.encode("ab");
  const after = Uint32Array.from([text8.bosId, a!, text8.eosId, b!, text8.eosId]);
  const before = Uint32Array.from([text8.bosId, a!, b!, b!, text8.eosId]);
  assertEquals(textRuns(after, before, inText8), [
    { text: "a", changed: false },
    { text: "\nb", changed: true },
  ]);
});

Deno.test("textRuns() gives no runs of a text without characters", () => {
  const nothing = Uint32Array.of(text8.bosId, text8.eosId);
  assertEquals(textRuns(nothing, nothing, inText8), []);
});

Deno.test("textRuns() marks a character whole of whose tokens one changed", () => {
  const after = Uint32Array.from(bytes.encode("a\u00fcb"));
  const before = Uint32Array.from(bytes.encode("a\u00f6b"));
  assertEquals(after.length, 4);
  assertEquals(textRuns(after, before, inBytes), [
    { text: "a", changed: false },
    { text: "\u00fc", changed: true },
    { text: "b", changed: false },
  ]);
});

Deno.test("textRuns() gives the whole text, also of bytes that are no characters", () => {
  const below = randomIntegers(1);
  const random = () => Uint32Array.from({ length: 9 }, () => below(bytes.vocabSize));
  for (let i = 0; i < 200; i++) {
    const [after, before] = [random(), random()];
    const runs = textRuns(after, before, inBytes);
    assertEquals(runs.map(({ text }) => text).join(""), bytes.decode(after));
  }
});

Deno.test("textRuns() takes a text whole if its parts do not make it up", () => {
  const backwards = (ids: Uint32Array) => ids.toReversed().join(" ");
  assertEquals(textRuns(Uint32Array.of(1, 2, 4), Uint32Array.of(1, 2, 3), backwards), [
    { text: "4 2 1", changed: true },
  ]);
});
