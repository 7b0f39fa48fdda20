import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../testing/folder.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("gpu.run() compiles with a kernel's own names only, and all that it needs", async () => {
  const text = await Deno.readTextFile(new URL("kernel_call_mistakes.ts", import.meta.url));
  const mistakes = text.split("\n").flatMap((line, i) =>
    line.includes("@ts-expect-error") ? [i + 2] : []
  );
  await withFolder(async (folder) => {
    const file = `${folder}/mistakes.ts`;
    const exposed = text.replaceAll("@ts-expect-error", "").replaceAll("../../", ROOT.href);
    await Deno.writeTextFile(file, exposed);
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", "deno.json", file],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const faulty = new TextDecoder().decode(stderr).matchAll(/^ {4}at .*:(\d+):\d+$/gm);
    assertEquals([...faulty].map(([, line]) => Number(line)), mistakes);
  });
  assert(mistakes.length > 10);
});
