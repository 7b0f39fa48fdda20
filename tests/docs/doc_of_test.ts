import { assertEquals, assertThrows } from "@std/assert";
import { integer } from "../../lib/schema/field.ts";
import { docOf } from "../../tasks/docs/doc_of.ts";

Deno.test("docOf() gives what a key means, and refuses one that does not say it", () => {
  assertEquals(docOf("seed", integer({ doc: "Of the noise." })), "Of the noise.");
  for (const node of [integer(), {}]) {
    assertThrows(() => docOf("seed", node), TypeError, "seed of the configuration does not say");
  }
});
