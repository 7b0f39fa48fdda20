import { assertEquals, assertThrows } from "@std/assert";
import { anchorsOf, commandsOf, inlineCode, linksOf, splitPage } from "./markdown.ts";

const page = `# A, b: [c](d.md)

Say \`./flm train
demo\` or \`optim.lr\`, see [here](../e.md#f-g).

\`\`\`sh
./flm train demo --name 'my own'   # a comment
deno task sample …
\`\`\`

## \`d.e\` of f_g

\`\`\`ts ignore
const a = 1;
\`\`\`
`;

Deno.test("splitPage() tells blocks of code from prose, by their lines", () => {
  const { blocks, prose } = splitPage(page);
  assertEquals(blocks.map(({ info, line }) => [info, line]), [["sh", 7], ["ts ignore", 14]]);
  assertEquals(blocks[1]!.text, "const a = 1;");
  assertEquals(prose.find(({ text }) => text.startsWith("##"))?.line, 11);
  assertThrows(() => splitPage("```sh\nls\n"), Error, "line 2 has no end");
});

Deno.test("inlineCode() finds code that is broken over lines", () => {
  assertEquals(inlineCode(page), [
    { text: "./flm train demo", line: 3 },
    { text: "optim.lr", line: 4 },
    { text: "d.e", line: 11 },
  ]);
});

Deno.test("commandsOf() finds the commands of blocks and prose, without comments", () => {
  assertEquals(commandsOf(page), [
    { words: ["./flm", "train", "demo", "--name", "my own"], line: 7 },
    { words: ["deno", "task", "sample"], line: 8 },
    { words: ["./flm", "train", "demo"], line: 3 },
  ]);
});

Deno.test("linksOf() and anchorsOf() find where links lead from and to", () => {
  assertEquals(linksOf(page), [{ text: "d.md", line: 1 }, { text: "../e.md#f-g", line: 4 }]);
  assertEquals(anchorsOf(page), ["a-b-c", "de-of-f_g"]);
});
