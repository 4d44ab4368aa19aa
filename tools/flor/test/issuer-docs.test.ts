/** The numbers in docs/operate/issuer.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HELD_MAX, HELD_MS, NODE_MS_MAX, NODES_AT_ONCE, REQUEST_SIZE_MAX } from "../src/issuer/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/issuer.md"), "utf8").replaceAll(/\s+/g, " ");

test.each([
  `At most ${NODES_AT_ONCE} connections are open at a time, for ${NODE_MS_MAX / 1_000} s each, besides those on which a question for lists waits.`,
  `An issuer lets ${HELD_MAX.toLocaleString("en")} questions wait, one of each key,`,
  `the issuer answers when there are others, or after ${HELD_MS / 1_000} s.`,
  `as JSON of at most ${REQUEST_SIZE_MAX / 1_024} KiB`,
])("docs/operate/issuer.md says: %s", (sentence) => expect(page).toContain(sentence));
