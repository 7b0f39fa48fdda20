/**
 * Programs that a launcher may start as several processes, which then do their work together.
 *
 * @module
 */

import { type JoinedRanks, joinRanks } from "../dist/join_ranks.ts";
import { HelpShownError } from "./command_line.ts";
import { explainError, type MainOptions, runMain } from "./main.ts";
import { errorPrefix, speakAs } from "./voice.ts";

/**
 * Runs a program as {@linkcode runMain} does, after it has joined the others: rank 0 speaks, the
 * others only of what they fail at, and where one fails all end.
 *
 * @param main Does this rank's part. Where all stop together before their end, it leaves them
 * first.
 */
export async function runRanks(
  main: (joined: JoinedRanks) => Promise<void>,
  options: Omit<MainOptions, "onFailure"> = {},
): Promise<void> {
  let joined: JoinedRanks | undefined;
  await runMain(async () => {
    joined = joinRanks(speakAs, (error) => `${errorPrefix()}${explainError(error).text}\n`);
    speakAs(joined.ranks.rank);
    try {
      await main(joined);
    } catch (error) {
      // All were asked for it, and leave each other as they do after other work.
      if (!(error instanceof HelpShownError)) throw error;
    }
    await joined.leave();
  }, {
    ...options,
    onFailure: (speak, exitCode) => joined === undefined ? speak() : joined.fail(speak, exitCode),
  });
}
