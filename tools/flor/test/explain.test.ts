import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explainedCodes, explanationsOf } from "../src/explain/explanations.ts";
import { flor } from "./run-flor.ts";

const PAGE = `# Page

| before | the code is not first |
| --- | --- |
| one of two | see \`ERR_OTHER\` of [there](there.md) |

## Codes, and [more](more.md)

| code | meaning | what to do |
| --- | --- | --- |
| \`ERR_ONE\`, \`ERR_TWO\` | **Both** of [a page](a.md#b) \\| more. | Mend \`it\`. |

\`\`\`
| \`ERR_IN_CODE\` | no table |
\`\`\`

| number | name | |
| --- | --- | --- |
| 0x17 | REVOKED | the end |
| 0x18 | not a code | the end |
`;
const pages = new Map([["page.md", PAGE]]);

test("a row is found by any code in its first cells, with the headings above it", () => {
  const row = {
    page: "page.md",
    headings: ["Page", "Codes, and more"],
    cells: [
      ["code", "`ERR_ONE`, `ERR_TWO`"],
      ["meaning", "Both of a page | more."],
      ["what to do", "Mend `it`."],
    ],
  };
  expect(explanationsOf("ERR_ONE", pages)).toEqual([row]);
  expect(explanationsOf("ERR_TWO", pages)).toEqual([row]);
  expect(explanationsOf("REVOKED", pages)[0]!.cells).toEqual([
    ["number", "0x17"],
    ["name", "REVOKED"],
    ["", "the end"],
  ]);
});

test("a code that stands nowhere, in a sentence, in a drawing or in part of a name is not explained", () => {
  for (const code of ["ERR_OTHER", "ERR_IN_CODE", "ERR_ON", "a", "", "__proto__"])
    expect(explanationsOf(code, pages)).toEqual([]);
  expect(explainedCodes(pages)).toEqual(["ERR_ONE", "ERR_TWO", "REVOKED"]);
});

test("codes of all kinds are explained by the command, each with its page", async () => {
  const folder = new URL("../../../docs/", import.meta.url);
  const docs = new Map(
    readdirSync(folder, { encoding: "utf8", recursive: true })
      .filter((file) => file.endsWith(".md"))
      .map((file) => [file, readFileSync(new URL(file, folder), "utf8")]),
  );
  expect(explainedCodes(docs).filter((code) => code.startsWith("ERR_")).length).toBeGreaterThan(200);
  for (const code of [
    "ERR_CONFIG_UNKNOWN_KEY",
    "ROLE_CONFLICT",
    "REVOKED",
    "unknownLabel",
    "OWN_CERTIFICATE_REVOKED",
  ]) {
    const { code: exitCode, out } = await flor("explain", code);
    expect(exitCode, code).toBe(0);
    expect(out).toMatch(/docs\/[a-z]+\/[a-z-]+\.md, /);
    expect(out).toContain(code);
  }
});

test("a code that is unknown gets the nearest one as advice", async () => {
  const { code, err } = await flor("explain", "ERR_CONFIG_UNKNOWN_KEI");
  expect(code).toBe(2);
  expect(err).toMatch(
    /explains "ERR_CONFIG_UNKNOWN_KEI" \[ERR_FLOR_CODE_UNKNOWN\]\n +Did you mean ERR_CONFIG_UNKNOWN_KEY\?/,
  );
});
