/**
 * A corpus of 50 MB goes through the whole of `deno task preprocess` in bounded memory.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { openShards } from "../../lib/data/shards/shards.ts";
import { withFolder } from "../testing/folder.ts";
import { ROOT } from "../testing/program.ts";

const CORPUS_BYTES = 50e6;
const MOST_RESIDENT_BYTES = 1e9;

const WORDS = "the of and to in that it is was for as with his be by on not he but at are this have"
  .split(" ");

/** JSON lines of made-up texts, `bytes` in all, in chunks. */
function* corpus(bytes: number): Generator<Uint8Array> {
  let state = 1;
  const next = (n: number) => (state = (state * 1664525 + 1013904223) % 2 ** 32) % n;
  const encoder = new TextEncoder();
  for (let written = 0; written < bytes;) {
    const lines: string[] = [];
    for (let i = 0; i < 100; i++) {
      const words = Array.from({ length: 20 + next(500) }, () => WORDS[next(WORDS.length)]);
      lines.push(JSON.stringify({ text: `${words.join(" ")} ${next(1e6)}.` }) + "\n");
    }
    const chunk = encoder.encode(lines.join(""));
    written += chunk.length;
    yield chunk;
  }
}

/** The most memory that a process had resident so far, or null once it has ended. */
async function peakBytes(pid: number): Promise<number | null> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}

Deno.test({
  name: "deno task preprocess takes 50 MB in bounded memory",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await withFolder(async (folder) => {
      await Deno.writeFile(`${folder}/corpus.jsonl`, ReadableStream.from(corpus(CORPUS_BYTES)));
      await Deno.writeTextFile(
        `${folder}/run.yaml`,
        JSON.stringify({
          name: "memory",
          data: {
            source: { kind: "file", path: `${folder}/corpus.jsonl` },
            tokenizer: "gpt2",
            length: 128,
            dir: `${folder}/shards`,
          },
          model: { hiddenSize: 32, numBlocks: 1, numHeads: 2 },
          train: { numSteps: 1, batchSize: 1 },
        }),
      );
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--allow-read", `--allow-write=${folder}`]
          .concat(["tasks/preprocess.ts", "--config", `${folder}/run.yaml`, "--workers", "2"]),
        cwd: ROOT,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      const ended = child.output();
      let peak = 0;
      let code: number | null = null;
      ended.then((output) => code = output.code);
      while (code === null) {
        peak = Math.max(peak, await peakBytes(child.pid) ?? 0);
        await delay(20);
      }
      assertEquals(code, 0, new TextDecoder().decode((await ended).stderr));
      assert(peak > 30e6 && peak < MOST_RESIDENT_BYTES, `${peak} bytes resident`);
      using shards = await openShards(`${folder}/shards`);
      await shards.verify();
      const { corpus: { bytes, documents } } = shards.manifest;
      assert(bytes > 0.9 * CORPUS_BYTES && documents > 10_000, `${bytes} ${documents}`);
    });
  },
});
