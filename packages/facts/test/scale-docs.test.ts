/** The bounds of a book in docs/scale.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OCTETS_MAX, RECORDS_MAX } from "../src/book/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/scale.md"), "utf8").replaceAll(/\s+/g, " ");

test.each([
  `a book takes ${RECORDS_MAX.toLocaleString("en")} records, roots included, and ${OCTETS_MAX / 1_048_576} MiB of their octets`,
])("docs/scale.md says: %s", (sentence) => expect(page).toContain(sentence));
