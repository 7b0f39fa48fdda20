import { assertEquals, assertRejects } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { packFile, type Packing } from "../../tasks/gpu_kit/pack.ts";
import { withFolder } from "../testing/folder.ts";

/** What unpacks, as in run.sh. */
const PROGRAMS: Readonly<Record<Packing, string>> = { gz: "gzip", xz: "xz" };

async function unpacked(path: string, program: string): Promise<Uint8Array> {
  return (await new Deno.Command(program, { args: ["-dc", path] }).output()).stdout;
}

async function hasProgram(name: string): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

for (const packing of ["gz", "xz"] as const) {
  const program = PROGRAMS[packing];
  Deno.test({
    name: `packFile() packs what ${program} unpacks, and gives the bytes`,
    ignore: !await hasProgram(program),
    fn: () =>
      withFolder(async (folder) => {
        const content = Uint8Array.from({ length: 300_001 }, (_, i) => (i * i) >> 7);
        await Deno.writeFile(`${folder}/a`, content);
        const bytes = await packFile(`${folder}/a`, `${folder}/b`, packing);
        const packed = `${folder}/b.${packing}`;
        assertEquals((await Deno.stat(packed)).size, bytes);
        assertEquals(await unpacked(packed, program), content);
      }),
  });
}

Deno.test("packFile() names the file that is not there", () =>
  withFolder(async (folder) => {
    for (const packing of ["gz", "xz"] as const) {
      const packed = packFile(`${folder}/none`, `${folder}/b`, packing);
      await assertRejects(() => packed, FlmError, `${folder}/none`);
    }
  }));
