/**
 * What `using` stands on, for browsers that have none of it, such as Safari. It must be imported
 * before a class with a method of that name.
 *
 * @module
 */

import { DisposableStack, patchSymbols } from "@whatwg-node/disposablestack";

patchSymbols();
(globalThis as { DisposableStack?: unknown }).DisposableStack ??= DisposableStack;
