import { assertEquals } from "@std/assert";
import { resumeCommand } from "../../lib/checkpoint/resume_command.ts";

Deno.test("resumeCommand() goes on by the backend that the run was trained by", () => {
  const backend = "dawn";
  assertEquals(
    resumeCommand("runs/tiny", { backend }),
    "deno task train --resume tiny --backend dawn",
  );
  assertEquals(
    resumeCommand("runs/tiny", { step: 20, backend }, ["--optim.lr", "1e-5"]),
    "deno task train --resume tiny --step 20 --optim.lr 1e-5 --backend dawn",
  );
});
