/**
 * Whether shards belong to a configuration.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { DataConfig } from "../../../lib/config/config.ts";
import { readManifest } from "../../../lib/data/shards/read_manifest.ts";
import { preprocess } from "../../../lib/data/preprocess/preprocess.ts";
import {
  originDifferences,
  originOfConfig,
  originOfShards,
  requireOrigin,
} from "../../../lib/data/shards/origin.ts";
import { openCorpus } from "../../../lib/data/corpora/open_corpus.ts";
import { DataError } from "../../../lib/errors.ts";
import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";
import { withTinyRun } from "../../testing/tiny_run.ts";

const TOKENIZER = await createTokenizer("text8");

Deno.test("requireOrigin() names every key that differs, and both values", () =>
  withTinyRun(1, async ({ data }) => {
    const manifest = await readManifest(data.dir);
    requireOrigin(manifest, data, TOKENIZER);
    const { source } = data;
    const changes: [changed: DataConfig, message: string][] = [
      [{ ...data, length: 16 }, "data.length was 12, is 16"],
      [{ ...data, packing: "padded" }, 'data.packing was "stream", is "padded"'],
      [{ ...data, detokenizer: "lm1b" }, 'data.detokenizer was null, is "lm1b"'],
      [{ ...data, validationFraction: 0.2 }, "data.validationFraction was 0.1, is 0.2"],
      [{ ...data, validationDocuments: 3 }, "data.validationDocuments was null, is 3"],
      [{ ...data, tokenizer: "letters" }, 'data.tokenizer was "text8", is "letters"'],
      [
        { ...data, source: { kind: "letters" }, length: 8 },
        'data.source.kind was "file", is "letters"; data.length was 12, is 8. Make them again',
      ],
    ];
    if (source.kind !== "file") throw new TypeError("expected a file");
    for (
      const [key, value] of Object.entries({
        path: "other.txt",
        field: "body",
        documents: "lines",
        validationPath: "test.txt",
      })
    ) {
      changes.push([
        { ...data, source: { ...source, [key]: value } },
        `is ${JSON.stringify(value)}. Make them again with deno task preprocess RECIPE`,
      ]);
    }
    for (const [changed, message] of changes) {
      const error = assertThrows(
        () => requireOrigin(manifest, changed, TOKENIZER),
        DataError,
        message,
      );
      assertEquals(error.message.startsWith(`The shards in ${data.dir} were made with`), true);
    }
  }));

Deno.test("requireOrigin() goes by the ids of a vocabulary, not by its file", () =>
  withTinyRun(1, async ({ data }) => {
    const manifest = await readManifest(data.dir);
    const moved = { ...data, tokenizerFile: "vocab.txt" };
    requireOrigin(manifest, moved, TOKENIZER);
    const other = { fingerprint: "0".repeat(64) };
    assertThrows(
      () => requireOrigin(manifest, moved, other),
      DataError,
      'data.tokenizerFile was null, is "vocab.txt"',
    );
    assertThrows(
      () => requireOrigin(manifest, data, other),
      DataError,
      'the vocabulary of data.tokenizer "text8" was',
    );
  }));

Deno.test("originDifferences() takes what a manifest does not say for no difference", () =>
  withTinyRun(1, async ({ data }) => {
    const manifest = await readManifest(data.dir);
    const { source } = data;
    if (source.kind !== "file") throw new TypeError("expected a file");
    const terse = {
      ...manifest,
      corpus: { ...manifest.corpus, location: { kind: "file", path: source.path } as const },
    };
    assertEquals(originDifferences(originOfShards(terse), originOfConfig(data)), []);
    // How a file is read has a usual way, which holds where nothing is said.
    const lines = { ...data, source: { ...source, documents: "lines" as const } };
    assertEquals(
      originDifferences(originOfShards(terse), originOfConfig(lines)).map(({ key }) => key),
      ["data.source.documents"],
    );
    const { "data.detokenizer": _, ...silent } = originOfShards(manifest);
    assertEquals(
      originDifferences(silent, originOfConfig({ ...data, detokenizer: "lm1b" })),
      [],
    );
  }));

Deno.test("preprocess() writes down where the text of shards that it keeps lies by now", () =>
  withTinyRun(1, async ({ data }, run) => {
    const { source } = data;
    if (source.kind !== "file") throw new TypeError("expected a file");
    await Deno.mkdir(run);
    const path = `${run}/moved.txt`;
    await Deno.rename(source.path, path);
    const moved = { ...data, source: { ...source, path } };
    const before = await readManifest(data.dir);
    assertThrows(() => requireOrigin(before, moved, TOKENIZER), DataError, "data.source.path");
    const { skipped, manifest } = await preprocess(openCorpus(moved.source), TOKENIZER, moved);
    assertEquals(skipped, true);
    assertEquals(await readManifest(data.dir), manifest);
    assertEquals(manifest.configHash, before.configHash);
    requireOrigin(manifest, moved, TOKENIZER);
    // A run that began when the text lay elsewhere goes on.
    requireOrigin(manifest, data, TOKENIZER, data);
    const padded: DataConfig = { ...data, packing: "padded" };
    assertThrows(() => requireOrigin(manifest, padded, TOKENIZER, data), DataError, "data.packing");
    await assertRejects(() => Deno.stat(`${data.dir}.partial`), Deno.errors.NotFound);
  }));
