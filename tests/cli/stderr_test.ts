import { assertEquals } from "@std/assert";
import { LIB, startProgram } from "../testing/program.ts";

Deno.test("writeStderr() takes the place of a bar, and leaves one that has ended its line", async () => {
  const child = startProgram(`
    import { writeBar, writeStderr } from "${LIB}/cli/stderr.ts";
    writeBar("bar");
    writeStderr("note\\n");
    writeStderr("more\\n");
    writeBar("bar");
    writeBar("\\n");
    writeStderr("end\\n");
  `);
  const { stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "bar\r\x1b[Knote\nmore\nbar\nend\n");
});
