import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { EXIT_CODES } from "@florenetes/operator-errors";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const page = readFileSync(join(root, "docs/errors.md"), "utf8");

test.each(Object.values(EXIT_CODES))("exit code %d is explained in docs/errors.md", (code) => {
  expect(page).toMatch(new RegExp(`^\\| ${code} \\| .+ \\|$`, "m"));
});

test("no code has two explanations", () => {
  const codes = [...page.matchAll(/^\| `(ERR_\w+)`/gm)].map((match) => match[1]);
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.filter((code, at) => codes.indexOf(code) !== at)).toEqual([]);
});

test("every code that any of the programs can give is explained, and no other", () => {
  const sources = globSync(["{apps,packages,tools}/*/src/**/*.ts", "native/*/src/**/*.rs"], { cwd: root });
  expect(sources.length).toBeGreaterThan(100);
  const given = sources.flatMap(
    (file) => readFileSync(join(root, file), "utf8").match(/\bERR_[A-Z]+(?:_[A-Z]+)*\b/g) ?? [],
  );
  const explained = [...page.matchAll(/^\| `(ERR_\w+)` \| .+ \| .+ \|$/gm)].map((match) => match[1]!);
  expect(explained.toSorted()).toEqual([...new Set(given)].toSorted());
});

const pages = globSync(["*.md", "docs/*.md"], { cwd: root });

test.each(pages)("the links of %s lead somewhere", (file) => {
  const text = readFileSync(join(root, file), "utf8").replaceAll(/```[^]*?```/g, "");
  const dead = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((link) => !leads(file, link));
  expect(dead).toEqual([]);
});

/** Whether the file is there, and has a heading with that anchor. */
function leads(from: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = join(root, path === "" ? from : join(dirname(from), path));
  if (globSync(target).length === 0) return false;
  if (anchor === undefined) return true;
  const headings = [...readFileSync(target, "utf8").matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!);
  return headings
    .map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    )
    .includes(anchor);
}
