/** The numbers in docs/operate/issuer.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NODE_MS_MAX, NODES_AT_ONCE, REQUEST_SIZE_MAX } from "../src/issuer/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/issuer.md"), "utf8").replaceAll(/\s+/g, " ");

test.each([
  `At most ${NODES_AT_ONCE} connections are open at a time, for ${NODE_MS_MAX / 1_000} s each.`,
  `as JSON of at most ${REQUEST_SIZE_MAX / 1_024} KiB`,
])("docs/operate/issuer.md says: %s", (sentence) => expect(page).toContain(sentence));
