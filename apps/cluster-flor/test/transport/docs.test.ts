import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Code, codeName } from "../../src/transport/codes.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/protocol/transport.md"), "utf8");

test.each(Object.values(Code))("code %d is explained in docs/protocol/transport.md", (code) => {
  const name = codeName(code);
  // Codes from 0x80 never travel: a page shows only their names.
  if (code >= 0x80) expect(page).toContain(`\`${name}\` (`);
  else expect(page).toContain(`| 0x${code.toString(16).padStart(2, "0")} | ${name} | `);
});
