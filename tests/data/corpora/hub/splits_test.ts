/**
 * Splits by the names of folders and files.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { splitOfWord, splitsByName } from "../../../../lib/data/corpora/hub/splits.ts";

/** The paths of each split. */
function splits(paths: string[], folder = ""): Record<string, string[]> {
  const files = paths.map((path) => ({ path, size: 1 }));
  return Object.fromEntries(
    [...splitsByName(files, folder)].map(([split, each]) => [split, each.map(({ path }) => path)]),
  );
}

/** The split of a lone file; null if its name says none. */
function splitOf(path: string): string | null {
  const found = splits([path, "other/plain.parquet"]);
  return Object.keys(found).find((split) => found[split]!.length === 1) ?? null;
}

Deno.test("splitsByName() knows the hub's words, set apart from others", () => {
  const words = {
    train: ["train", "training"],
    validation: ["validation", "valid", "val", "dev"],
    test: ["test", "testing", "eval", "evaluation"],
  };
  for (const [split, all] of Object.entries(words)) {
    for (const word of all) {
      const apart = [`${word}.parquet`, `my-${word}-file.parquet`, `my_${word}.parquet`]
        .concat([`a ${word} b.parquet`, `${word}1.parquet`, `2023${word}.parquet`])
        .concat([`x.${word}.parquet`, `deep/in/${word}_0.parquet`, `${word}/a.parquet`])
        .concat([`deep/${word}-set/a.parquet`, `my.${word}/in/a.parquet`]);
      for (const path of apart) assertEquals(splitOf(path), split, path);
      assertEquals(splitOfWord(word), split);
    }
  }
  const others = ["trains.parquet", "contest.parquet", "retrain/a.parquet", "TRAIN.parquet"]
    .concat(["developer.parquet", "latest/a.parquet", "value-0.parquet"]);
  for (const path of others) assertEquals(splitOf(path), null, path);
  assertEquals(splitOfWord("other"), "other");
});

Deno.test("splitsByName() goes by shards before folders, by folders before files", () => {
  const shards = ["data/odd-00000-of-00002.parquet", "data/odd-00001-of-00002-ab12.parquet"];
  const folders = ["x/train/test.parquet", "val/a.parquet"];
  const files = ["x/test.parquet", "x/train-1.parquet"];
  const plain = ["x/a.parquet", "b.parquet"];
  assertEquals(splits([...shards, ...folders, ...files, ...plain]), { odd: shards });
  assertEquals(splits([...folders, ...files, ...plain]), {
    train: [folders[0]!],
    validation: [folders[1]!],
  });
  assertEquals(splits([...files, ...plain]), { test: [files[0]!], train: [files[1]!] });
  assertEquals(splits(plain), { train: plain });
  assertEquals(splits([]), {});
});

Deno.test("splitsByName() looks at what is in a folder, and not at what is hidden", () => {
  const paths = ["a/train.parquet", "ab/train.parquet", "a/test.parquet"];
  assertEquals(splits(paths, "a"), { train: ["a/train.parquet"], test: ["a/test.parquet"] });
  assertEquals(splits(["train/x.parquet"], "train"), { train: ["train/x.parquet"] });
  const hidden = [".git/train.parquet", "a/.train.parquet", "__cache__/train.parquet"];
  assertEquals(splits([...hidden, "x.parquet"]), { train: ["x.parquet"] });
  assertEquals(splits(["__train.parquet"]), { train: ["__train.parquet"] });
});
