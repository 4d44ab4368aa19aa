/** The bounds of a coordinator in docs/scale.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LEASES_MAX, REPORTS_MAX } from "../src/limits.ts";

const n = (value: number): string => value.toLocaleString("en");
const page = readFileSync(join(import.meta.dirname, "../../../docs/scale.md"), "utf8").replaceAll(/\s+/g, " ");

test.each([`reports of ${n(REPORTS_MAX)} nodes at most, and has given ${n(LEASES_MAX)} leases at most`])(
  "docs/scale.md says: %s",
  (sentence) => expect(page).toContain(sentence),
);
