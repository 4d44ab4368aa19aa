import { expect, test } from "vitest";
import { withWideIndents } from "../src/site/list-indents.ts";
import { pageForSite, pagesIn, siteNavigation } from "../src/site/site-pages.ts";

const INDEX = `# The documents

Three shelves; [how it is built](../ARCHITECTURE.md).

## Operate: for those who run a mesh

| to | read |
| --- | --- |
| begin | [a](operate/a.md#part), [b](operate/b.md), [RFC 9000](https://www.rfc-editor.org/rfc/rfc9000.md) |

## Develop

[a again](operate/a.md), [the README](../README.md), [c](develop/c.md), [a picture](develop/c.svg).
`;

test("the navigation has the sections of the index, each page where the index first leads to it", () => {
  const navigation = siteNavigation(INDEX);
  expect(navigation).toEqual([
    "README.md",
    "docs/README.md",
    { Operate: ["docs/operate/a.md", "docs/operate/b.md"] },
    { Develop: ["docs/develop/c.md"] },
    "ARCHITECTURE.md",
  ]);
  expect(pagesIn(navigation)).toHaveLength(6);
});

test.each([
  ["[a](a.md#b), [c](#c), [d](https://d.invalid/e), ![f](f.svg)", undefined],
  ["[vectors](../../packages/a/vectors)", "vectors (`packages/a/vectors`)"],
  ["[`examples/x.yaml`](../../examples/x.yaml)", "`examples/x.yaml`"],
  ["![a picture](../../x.svg)", "`x.svg`"],
  ["[the native\nengine](../../native)", "[the native\nengine](../../native/README.md)"],
  ["[there](../../native/#part)", "[there](../../native/README.md#part)"],
  ["```ts\n[x](../../y)\n```", undefined],
  ["| `a\\|b` | c \\| d |", "| `a|b` | c \\| d |"],
])("a page with %j", (markdown, text) => {
  const files = new Set(["docs/operate/a.md", "docs/operate/p.md", "docs/operate/f.svg", "native/README.md"]);
  expect(pageForSite("docs/operate/p.md", markdown, files)).toBe(text ?? markdown);
});

test.each([
  ["1. a\n\n   ```sh\n   b\n\n     c\n   ```\n2. d", "1. a\n\n    ```sh\n    b\n\n      c\n    ```\n2. d"],
  ["- a\n  - b\n\n    c\n\nd", "- a\n    - b\n\n        c\n\nd"],
  ["10. a\n\n    b\n11. c\n    d\ne", "10. a\n\n    b\n\n11. c\n    d\ne"],
  ["a:\n- b\n- c", "a:\n\n- b\n- c"],
  ["- a\nlazy\n\n  b", "- a\nlazy\n\n    b"],
  ["    code\n\n```\n- a\n  - b\n```", "    code\n\n```\n- a\n  - b\n```"],
  ["- a\n\n      code", "- a\n\n        code"],
])("lists in %j are indented by four", (markdown, wide) => {
  expect(withWideIndents(markdown)).toBe(wide);
});
