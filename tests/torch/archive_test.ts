import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { memorySource } from "../../lib/io/byte_source.ts";
import { openArchive } from "../../lib/torch/archive.ts";
import { pickleOf } from "../testing/pickles.ts";
import { type HandEntry, handTorch, handZip } from "../testing/zip.ts";

const PICKLE = pickleOf("N");

function open(bytes: Uint8Array<ArrayBuffer>) {
  return openArchive(memorySource(bytes, "x.pt", CheckpointError));
}

function entry(name: string, text = ""): HandEntry {
  return { name, bytes: new TextEncoder().encode(text) };
}

Deno.test("openArchive() gives the pickle and the folder that everything is in", async () => {
  const more = [entry("x/byteorder", "little"), entry("x/version", "3\n"), entry("x/code.txt")];
  const { zip, root, pickle } = await open(handTorch(PICKLE, { 0: new Uint8Array(3) }, more));
  assertEquals([root, pickle], ["x", PICKLE]);
  assertEquals(zip.entries.get("x/data/0")!.size, 3);
});

Deno.test("openArchive() says what a zip file is that is not read", async () => {
  const cases: [Uint8Array<ArrayBuffer>, string][] = [
    [
      handTorch(PICKLE, {}, [entry("x/byteorder", "big")]),
      "its numbers have the byte order big; little is read",
    ],
    [
      handTorch(PICKLE, {}, [entry("x/byteorder", "\x1b[31m")]),
      "its numbers have the byte order \\x1b[31m; little is read",
    ],
    [
      handTorch(PICKLE, {}, [entry("x/constants.pkl")]),
      "it is a zip file, but a TorchScript archive",
    ],
    [handTorch(PICKLE, {}, [entry("x/code/a.py")]), "torch.jit.load(PATH).state_dict()"],
    [
      handZip([entry("word/document.xml", "a"), entry("b\x1b")]),
      "it should have one FOLDER/data.pkl, and has word/document.xml, b\\x1b",
    ],
    [handZip([entry("a/b/data.pkl")]), "it should have one FOLDER/data.pkl"],
    [handTorch(PICKLE, {}, [entry("y/data.pkl")]), "it should have one FOLDER/data.pkl"],
    [handZip([{ ...entry("x/data.pkl"), size: 2 ** 30, method: 8 }]), "expected 134217728 at most"],
  ];
  for (const [bytes, message] of cases) {
    const error = await assertRejects(() => open(bytes), CheckpointError, message);
    assertEquals(error.message.startsWith("Cannot read x.pt: "), true);
  }
});
