/**
 * Tests of corpora in several files, compressed ones, on web servers and in the LM1B archive.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { parquetWriteBuffer } from "hyparquet-writer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Corpus, CorpusLocation, CorpusPart, TextPiece } from "../../../lib/data/corpus.ts";
import { preprocess } from "../../../lib/data/preprocess/preprocess.ts";
import { openCorpus } from "../../../lib/data/corpora/open_corpus.ts";
import { ConfigError, DataError } from "../../../lib/errors.ts";
import { createTokenizer } from "../../../lib/text/create_tokenizer.ts";
import { withFolder } from "../../testing/folder.ts";
import { serveFolders } from "../../testing/static_server.ts";

type FileLocation = Extract<CorpusLocation, { kind: "file" }>;

/** Runs a test in a folder of these files. */
async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytesOf(content));
    }
    await test(folder);
  });
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

function open(path: string, more: Partial<FileLocation> = {}): Corpus {
  return openCorpus({ kind: "file", path, ...more });
}

async function documentsOf(part: CorpusPart, skip = 0): Promise<string[]> {
  const documents: string[] = [];
  let text = "";
  for await (const piece of part.pieces(skip)) {
    text += piece.text;
    if (!piece.endOfDocument) continue;
    documents.push(text);
    text = "";
  }
  assertEquals(text, "");
  return documents;
}

async function allOf(parts: readonly CorpusPart[] | null): Promise<string[]> {
  return (await Promise.all(parts!.map((part) => documentsOf(part)))).flat();
}

async function trainOf(corpus: Corpus): Promise<string[]> {
  return await allOf((await corpus.parts()).train);
}

/** Texts that no compression makes small, of more than a chunk altogether. */
const TEXTS = Array.from({ length: 2000 }, (_, i) => {
  let state = i + 1;
  return `é${i} ${
    Array.from({ length: 40 }, () => (state = (state * 1664525 + 1013904223) % 2 ** 32)).join(" ")
  }`;
});

const LINES = TEXTS.join("\n") + "\n";
const JSON_LINES = TEXTS.map((body) => JSON.stringify({ body }) + "\n").join("");
const FORMATS: Readonly<Record<string, string | Uint8Array>> = {
  "a.txt": TEXTS.join("\n\n"),
  "a.txt.gz": gzipSync(TEXTS.join("\n\n")),
  "a.txt.zst": zstdCompressSync(TEXTS.join("\n\n")),
  "lines.txt": LINES,
  "lines.txt.gz": gzipSync(LINES),
  "lines.txt.zst": zstdCompressSync(LINES),
  "a.jsonl": JSON_LINES,
  "a.jsonl.gz": gzipSync(JSON_LINES),
  "a.jsonl.zst": zstdCompressSync(JSON_LINES),
  "a.parquet": new Uint8Array(parquetWriteBuffer({
    columnData: [{ name: "body", data: TEXTS, type: "STRING" }],
    rowGroupSize: 300,
  })),
};

/** How to read one of these. */
function optionsOf(name: string): Partial<FileLocation> {
  return { field: "body", documents: name.startsWith("lines") ? "lines" : "blank-lines" };
}

Deno.test("openCorpus() reads every format from disk and from a web server", async () => {
  await withFiles(FORMATS, async (folder) => {
    await using server = serveFolders({ "/": folder }, { ranges: true });
    for (const name of Object.keys(FORMATS)) {
      for (const location of [`${folder}/${name}`, `${server.origin}/${name}`]) {
        const corpus = open(location, optionsOf(name));
        const { train: [part, ...others], validation } = await corpus.parts();
        assertEquals([others, validation], [[], null]);
        assertEquals(await documentsOf(part!), TEXTS, location);
        assertEquals(part!.documents, name.endsWith("parquet") ? TEXTS.length : null);
      }
    }
  });
});

Deno.test("pieces() leaves out the first documents, whatever the format", async () => {
  await withFiles(FORMATS, async (folder) => {
    for (const name of Object.keys(FORMATS)) {
      const [part] = (await open(`${folder}/${name}`, optionsOf(name)).parts()).train;
      for (const skip of [1, 777, TEXTS.length]) {
        assertEquals(await documentsOf(part!, skip), TEXTS.slice(skip), `${name} ${skip}`);
      }
    }
  });
});

Deno.test("pieces() skips blank and faulty documents as it gives them", async () => {
  const lines = ['{"text": " "}', "", "{", '{"text": "one"}', " ", '{"text": "two"}'];
  await withFiles({ "a.jsonl": lines.join("\n"), "b.txt": lines.join("\n") }, async (folder) => {
    const parts = await Promise.all(
      ["a.jsonl", "b.txt"].map((name) => open(`${folder}/${name}`, { documents: "lines" }).parts()),
    );
    for (const { train: [part] } of parts) {
      const all = await Array.fromAsync(part!.pieces(0));
      assertEquals(all.length, 4);
      for (const skip of [1, 2, 3, 4, 5]) {
        assertEquals(await Array.fromAsync(part!.pieces(skip)), all.slice(skip));
      }
    }
  });
});

Deno.test("a line that is not UTF-8 spoils no other, wherever chunks end", async () => {
  // Longer than a chunk, so that most lines are cut somewhere.
  const good = Array.from({ length: 40 }, (_, i) => "é".repeat(i * 500 + 1));
  const bad = new Uint8Array([0x61, 0xe9, 0x0a]);
  const content = [...good.map((line) => bytesOf(`${line}\n`)), bad, bytesOf("end")];
  const bytes = new Uint8Array(await new Blob(content as BlobPart[]).arrayBuffer());
  await withFiles({ "a.txt": bytes }, async (folder) => {
    const [part] = (await open(`${folder}/a.txt`, { documents: "lines" }).parts()).train;
    const pieces: TextPiece[] = await Array.fromAsync(part!.pieces(0));
    assertEquals(pieces.map(({ text }) => text), [...good, "", "end"]);
    const faults = pieces.flatMap(({ fault }) => fault ?? []);
    assertEquals(faults, [`Line 41 of ${folder}/a.txt is not UTF-8`]);
  });
});

Deno.test("preprocess() says why no document of a corpus can be used", async () => {
  await withFiles({ "a.jsonl": '{"txt": "one"}\n{"txt": "two"}\n' }, async (folder) => {
    const options = { dir: `${folder}/shards`, length: 8, validationFraction: 0.5 };
    const tokenizer = await createTokenizer("text8");
    await assertRejects(
      () => preprocess(open(`${folder}/a.jsonl`), tokenizer, options),
      DataError,
      `no text to learn from. Line 1 of ${folder}/a.jsonl has no "text" string: found the keys txt.`,
    );
  });
});

Deno.test("truncated and damaged files are named", async () => {
  for (const name of ["a.jsonl.gz", "a.jsonl.zst"]) {
    const whole = FORMATS[name] as Uint8Array;
    const damaged = whole.slice();
    damaged.fill(0x55, whole.length >> 1);
    const wrong: Record<string, Uint8Array> = {
      "a byte less": whole.subarray(0, -1),
      "half": whole.subarray(0, whole.length >> 1),
      "nothing": new Uint8Array(0),
      "text": bytesOf("no compression at all"),
      damaged,
    };
    for (const [what, content] of Object.entries(wrong)) {
      await withFiles({ [name]: content }, async (folder) => {
        const error = await assertRejects(
          () => trainOf(open(`${folder}/${name}`)),
          DataError,
          "it is truncated, damaged or no",
          `${name}: ${what}`,
        );
        assert(error.message.includes(`${folder}/${name}`), error.message);
      });
    }
  }
});

Deno.test("a reader that stops early closes the file", async () => {
  await withFiles(FORMATS, async (folder) => {
    for (const name of Object.keys(FORMATS)) {
      const [part] = (await open(`${folder}/${name}`, optionsOf(name)).parts()).train;
      // Whatever stays open fails the test.
      for await (const piece of part!.pieces(3)) {
        assert(TEXTS[3]!.startsWith(piece.text));
        break;
      }
    }
  });
});

Deno.test("a pattern stands for the files that match it, by name", async () => {
  const files = {
    "news-2.txt": "two",
    "news-10.txt": "ten",
    "news-1.txt.gz": gzipSync("one"),
    "old-1.txt": "old",
    ".news-0.txt": "hidden",
    "news-3+txt": "three",
  };
  await withFiles(files, async (folder) => {
    const found = async (pattern: string) => await trainOf(open(`${folder}/${pattern}`));
    assertEquals(await found("news-*.txt"), ["ten", "two"]);
    assertEquals(await found("news-?.txt*"), ["one", "two"]);
    assertEquals(await found("*.txt"), ["ten", "two", "old"]);
    assertEquals(await found(".*.txt"), ["hidden"]);
    const { train } = await open(`${folder}/news-*.txt`).parts();
    assertEquals(train.map(({ name }) => name), [`${folder}/news-10.txt`, `${folder}/news-2.txt`]);
    const wrong: [string, string][] = [
      ["new-*.txt", "No file matches data.source.path"],
      ["no/*.txt", "there is no such folder. Set data.source.path"],
      ["news-3*", "data.source.path must end in .txt"],
      ["old-1.txt/*.txt", "a file is where a folder should be; check the path. Set data.source"],
    ];
    for (const [pattern, message] of wrong) {
      await assertRejects(() => found(pattern), DataError, message);
    }
    await assertRejects(() => open(`${folder}/new-*.txt`).identity(), DataError, "No file matches");
  });
});

Deno.test({
  name: "a corpus that is no file is refused in words",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFiles({ "a.txt": "text" }, async (folder) => {
      await Deno.mkdir(`${folder}/folder.txt`);
      await new Deno.Command("mkfifo", { args: [`${folder}/pipe.txt`] }).output();
      await Deno.symlink("loop.txt", `${folder}/loop.txt`);
      const wrong: Record<string, string> = {
        "folder.txt": "it is a folder, a device or a pipe, expected a file",
        "pipe.txt": "it is a folder, a device or a pipe, expected a file",
        "loop.txt": "symbolic links lead in a circle there",
        "a.txt/b.txt": "a file is where a folder should be",
        [`${"x".repeat(300)}.txt`]: "its name is too long",
      };
      for (const [name, reason] of Object.entries(wrong)) {
        await assertRejects(
          () => open(`${folder}/${name}`).identity(),
          DataError,
          `Cannot read the corpus ${folder}/${name}: ${reason}`,
        );
      }
    });
  },
});

Deno.test("validationPath gives files to validate with", async () => {
  await withFiles({ "a.txt": "one", "b-1.txt": "two", "b-2.txt": "three" }, async (folder) => {
    const corpus = open(`${folder}/a.txt`, { validationPath: `${folder}/b-*.txt` });
    const { train, validation } = await corpus.parts();
    assertEquals([await allOf(train), await allOf(validation)], [["one"], ["two", "three"]]);
    for (const [path, validationPath] of [["*.txt", "b-1.txt"], ["b-1.txt", "./b-*.txt"]]) {
      await assertRejects(
        () => open(`${folder}/${path}`, { validationPath: `${folder}/${validationPath}` }).parts(),
        ConfigError,
        "b-1.txt belongs to data.source.path",
      );
    }
    await Deno.symlink("a.txt", `${folder}/link.txt`);
    const linked = open(`${folder}/a.txt`, { validationPath: `file://${folder}/link.txt` });
    await assertRejects(() => linked.parts(), ConfigError, "a.txt belongs to data.source.path");
    await Deno.remove(`${folder}/link.txt`);
    const same = open(`${folder}/a.txt`, { validationPath: `${folder}/a.txt` });
    assertEquals(await allOf((await same.parts()).validation), ["one"]);
    const missing = open(`${folder}/a.txt`, { validationPath: `${folder}/c*.txt` });
    await assertRejects(() => missing.parts(), DataError, "data.source.validationPath");
    const gone = open(`${folder}/a.txt`, { validationPath: `${folder}/c.txt` });
    await assertRejects(() => gone.identity(), DataError, "Set data.source.validationPath");
  });
});

Deno.test("identity() changes with names, contents and the keys that matter", async () => {
  const files = { "a.txt": "one", "b.txt": "two", "a.jsonl": '{"text": "one"}' };
  await withFiles(files, async (folder) => {
    const identity = (name: string, more: Partial<FileLocation> = {}) =>
      open(`${folder}/${name}`, more).identity();
    const lone = await identity("a.txt");
    const different = [
      lone,
      await identity("b.txt"),
      await identity("a.jsonl"),
      await identity("?.txt"),
      await identity("a.txt", { documents: "lines" }),
      await identity("a.jsonl", { field: "body" }),
      await identity("a.txt", { validationPath: `${folder}/b.txt` }),
      await identity("b.txt", { validationPath: `${folder}/a.txt` }),
    ];
    assertEquals(new Set(different).size, different.length, different.join("\n"));
    assertEquals(await identity("a*.txt"), lone);
    assertEquals(await identity("a.txt", { field: "body" }), lone);
    await Deno.writeTextFile(`${folder}/b.txt`, "three");
    assertNotEquals(await identity("?.txt"), different[3]);
  });
});

Deno.test("identity() of an address is a hash where the server knows no versions", async () => {
  let content = "one";
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(content),
  );
  const corpus = open(`http://127.0.0.1:${server.addr.port}/a.txt`);
  const before = await corpus.identity();
  assertEquals(await corpus.identity(), before);
  content = "two";
  assert(await corpus.identity() !== before);
});

Deno.test("identity() of an address is what the server says of the file", async () => {
  await withFiles({ "a.txt": "one" }, async (folder) => {
    await using server = serveFolders({ "/": folder }, { ranges: false });
    const address = `${server.origin}/a.txt`;
    assertEquals(await open(`${address}?key=secret`).identity(), `${address} "3" 3`);
    await Deno.writeTextFile(`${folder}/a.txt`, "other");
    assertEquals(await open(address).identity(), `${address} "5" 5`);
    const missing = open(`${server.origin}/b.txt`);
    await assertRejects(() => missing.identity(), DataError, `${server.origin}/b.txt`);
    await assertRejects(() => trainOf(missing), DataError, "HTTP 404");
  });
});

Deno.test("preprocess() does the same with the same documents, whatever holds them", async () => {
  const cases: [(string | null)[], string][] = [
    [["word ".repeat(100), null], '"documents":1,"faults":1'],
    [[null, "word ".repeat(100)], '"documents":1,"faults":1'],
    [["word ".repeat(50), "word ".repeat(50), null], "validation split"],
    [["word ".repeat(50), " ", null, "word ".repeat(50)], '"documents":2,"faults":1'],
    [[null, null], `Row 0 of a.parquet has no text: "text" is null`],
  ];
  const tokenizer = await createTokenizer("text8");
  for (const [texts, expected] of cases) {
    const column = { name: "text", data: texts, type: "STRING", nullable: true } as const;
    const files = {
      "a.jsonl": texts.map((text) => JSON.stringify({ text }) + "\n").join(""),
      "a.parquet": new Uint8Array(parquetWriteBuffer({ columnData: [column] })),
    };
    await withFiles(files, async (folder) => {
      const outcomes = await Promise.all(
        Object.keys(files).map(async (name, i) => {
          const options = { dir: `${folder}/shards${i}`, length: 8, validationFraction: 0.1 };
          try {
            const { manifest } = await preprocess(open(`${folder}/${name}`), tokenizer, options);
            const { documents, faults, tokens } = manifest.corpus;
            return JSON.stringify({ documents, faults, tokens, splits: manifest.splits });
          } catch (error) {
            assert(error instanceof DataError, `${error}`);
            return error.message.replaceAll(`${folder}/${name}`, "a.parquet")
              .replace("Line 1 ", "Row 0 ").replace("Line 3 ", "Row 2 ");
          }
        }),
      );
      assertEquals(outcomes[0], outcomes[1]);
      assert(outcomes[0]!.includes(expected), outcomes[0]);
    });
  }
});
