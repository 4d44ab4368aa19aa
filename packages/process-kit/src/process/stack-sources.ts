import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";

/** `file:///…/main.js:12:34` in a stack, or `….cjs:12:34`. */
const PLACE = /(file:\/\/[^\s()]+\.c?js):(\d+):(\d+)/g;

/**
 * Translates the places in a stack to the sources of the bundle, as far as the source maps beside its files tell them. For a
 * program that ends: `node --enable-source-maps` does the same, but reads all maps at each start, which takes 28 MB.
 */
export function stackOfSources(stack: string): string {
  const maps = new Map<string, SourceMap | undefined>();
  return stack.replace(PLACE, (place, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readSourceMap(file));
    const origin = maps.get(file)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !("fileName" in origin)) return place;
    return `${new URL(origin.fileName, file).href}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

/** Undefined when there is no map, or it cannot be read. */
function readSourceMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${file}.map`), "utf8")) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
