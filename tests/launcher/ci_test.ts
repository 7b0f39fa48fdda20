/**
 * What continuous integration runs.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Sandbox } from "../testing/launcher_sandbox.ts";

Deno.test(".ci/run sums the tests and fails when one failed or none ran", async () => {
  const cases: [string, number, string][] = [
    [
      'echo "ok | 12 passed | 0 failed (3s)"; echo "ok | 3 passed (2 steps) | 0 failed | 1 ignored (9ms)"',
      0,
      "15 passed, 0 failed",
    ],
    ['echo "FAILED | 11 passed (1 step) | 2 failed (3s)" >&2; exit 1', 1, "11 passed, 2 failed"],
    ['echo "FAILED | 1 passed | 1 failed (3s)"', 1, "1 passed, 1 failed"],
    ['echo "not formatted"; exit 3', 3, "0 passed, 0 failed"],
    ['echo "ok | 0 passed | 0 failed (8ms)"', 1, "0 passed, 0 failed"],
    ['echo "a test prints: ok | 9 passed | 9 failed"; exit 0', 1, "0 passed, 0 failed"],
    ['printf "ok | 4 passed | 0 failed (1ms)"', 0, "4 passed, 0 failed"],
  ];
  await using sandbox = await Sandbox.create();
  const flm = `${sandbox.project}/flm`;
  for (const [body, code, last] of cases) {
    await Deno.writeTextFile(flm, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    const outcome = await sandbox.sh('exec "$0"', [`${sandbox.project}/.ci/run`]);
    assertEquals([outcome.code, outcome.stderr], [code, ""]);
    assert(outcome.stdout.endsWith(`\n${last}\n`), outcome.stdout);
  }
});

Deno.test(".ci/run calls the test task without colour or input from any folder", async () => {
  await using sandbox = await Sandbox.create();
  const flm = `${sandbox.project}/flm`;
  await Deno.writeTextFile(
    flm,
    '#!/bin/sh\necho "$* CI=$CI NO_COLOR=$NO_COLOR $PWD"\nread -r line || echo "no input"\n' +
      'echo "ok | 1 passed | 0 failed (1ms)"\n',
  );
  const outcome = await sandbox.sh('exec "$0"', [`${sandbox.project}/.ci/run`]);
  assertEquals(
    outcome.stdout,
    `test CI=true NO_COLOR=1 ${sandbox.project}\nno input\nok | 1 passed | 0 failed (1ms)\n` +
      "1 passed, 0 failed\n",
  );
});
