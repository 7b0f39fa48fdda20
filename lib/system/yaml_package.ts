/**
 * The package that reads and writes YAML.
 *
 * @module
 */

import { FlmError, isPermissionDenied, messageOf } from "../errors.ts";
import { importPackage } from "./packages.ts";

const PACKAGE = "jsr:@std/yaml@^1.0.0";

/** What is used of `@std/yaml`. */
interface Yaml {
  /** The value of a document. @throws {SyntaxError} if it is none. */
  parse(text: string, options: { schema: "core" }): unknown;
  /** A value as a document. */
  stringify(value: unknown, options: { lineWidth: number }): string;
}

/**
 * Loads it, when it is first used.
 *
 * @throws {FlmError} if it cannot be had.
 */
export async function yamlPackage(): Promise<Yaml> {
  try {
    return await importPackage(PACKAGE);
  } catch (cause) {
    if (isPermissionDenied(cause)) throw cause;
    throw new FlmError(
      `Cannot load ${PACKAGE}, which reads and writes YAML: ${
        messageOf(cause)
      }. It is fetched on ` +
        `first use: check the network.`,
      { cause },
    );
  }
}
