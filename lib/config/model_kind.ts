/**
 * The kind of a model as files name it.
 *
 * @module
 */

import { type Field, type FieldOptions, text } from "../schema/field.ts";
import { currentKind } from "./former_keys.ts";

/** The kind of a model, by the name that it has now. Whether it is known is found out elsewhere. */
export function modelKind(
  options: FieldOptions<string> & { metavar?: string } = {},
): Field<string> {
  const field = text({
    ...options,
    expected: "the name of a method, in lower case",
    pattern: /^[a-z][a-z0-9_]*$/,
  });
  return {
    ...field,
    check(value) {
      const kind = field.check(value);
      return kind && currentKind(kind);
    },
  };
}
