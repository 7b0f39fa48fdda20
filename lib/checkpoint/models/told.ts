/**
 * What a person may say of models that do not say it themselves.
 *
 * @module
 */

import { kebab } from "../../config/key_names.ts";
import { ConfigError } from "../../errors.ts";
import type { ToldOfModel } from "../reference/state.ts";

/** The flags of what is told, where they are not called as it is. */
const FLAGS: Readonly<Record<string, string>> = { dataDir: "shards" };

/**
 * Refuses what would change nothing.
 *
 * @throws {ConfigError} if something is told of a model that says all of itself.
 */
export function requireNothingTold(location: string, told: ToldOfModel): void {
  const idle = Object.entries(told).filter(([, value]) => value !== undefined)
    .map(([key]) => `--${FLAGS[key] ?? kebab(key)}`);
  if (idle.length === 0) return;
  throw new ConfigError(
    `${idle.join(", ")}: ${location} says that itself. Leave ${
      idle.length === 1 ? "it" : "them"
    } out.`,
  );
}
