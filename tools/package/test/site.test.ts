import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSite } from "../src/site/make-site.ts";
import { isInstalled } from "./programs.ts";
import { siteFaults } from "./site-faults.ts";

const checkout = join(import.meta.dirname, "../../..");

/** Texts of all files below a folder. */
function textsOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).toSorted();
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}

/** The page of the site that a document becomes. */
function pageOf(path: string): string {
  return path.replace(/README\.md$/, "index.md").replace(/\.md$/, ".html");
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

test("without the generator there is no site, and the packages to install are named", () => {
  const out = mkdtempSync(join(tmpdir(), "florenetes-site-"));
  const path = process.env["PATH"];
  process.env["PATH"] = out;
  try {
    expect(() => makeSite(checkout, out)).toThrow(
      expect.objectContaining({
        code: "ERR_PACKAGE_TOOL",
        message: expect.stringMatching(/^mkdocs cannot be started/),
        advice: expect.stringContaining("mkdocs and python3-pymdownx"),
      }),
    );
  } finally {
    process.env["PATH"] = path;
    rmSync(out, { recursive: true });
  }
});

describe.runIf(isInstalled("mkdocs", "the site of the documents"))("the site", () => {
  let folder: string;
  let site: Map<string, string>;
  let documents: Map<string, string>;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-site-"));
    makeSite(checkout, join(folder, "site"));
    site = textsOf(join(folder, "site"));
    const pages = [...textsOf(join(checkout, "docs"))].map(([path, text]) => [`docs/${path}`, text] as const);
    documents = new Map(pages.filter(([path]) => path.endsWith(".md")));
    documents.set("README.md", readFileSync(join(checkout, "README.md"), "utf8"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("has links and anchors that lead somewhere, and loads nothing from elsewhere", () => {
    expect(siteFaults(site)).toEqual([]);
  });

  test.each([
    ["a dead link", "</main>", '<a href="nowhere.html">x</a></main>', /nowhere\.html is not there/],
    ["a dead anchor", "</main>", '<a href="#nowhere">x</a></main>', /#nowhere has no such anchor/],
    ["a link to the root", "</main>", '<a href="/index.html">x</a></main>', /leads out of the site/],
    ["a script of another host", "</main>", '</main><script src="https://x.invalid/y.js"></script>', /leads out/],
    ["a picture without a scheme", "</main>", '<img alt="" src="//x.invalid/y.png"></main>', /leads out/],
    ["a script in a page", "</main>", "</main><script>1</script>", /the policy refuses/],
    ["a style in a tag", "<main", '<main style="color: red"', /has a style/],
    ["a block of code that is none", "</main>", "<p>```sh</p></main>", /Markdown is left/],
    ["a table that is none", "</main>", "<p>| a | b |\n| --- | --- |</p></main>", /Markdown is left/],
    ["a list that is none", "</main>", "<p>\n3. a</p></main>", /Markdown is left/],
  ])("is not judged well with %s", (_name, place, planted, fault) => {
    const index = site.get("docs/index.html")!;
    expect(index).toContain(place);
    const changed = new Map([...site, ["docs/index.html", index.replace(place, planted)]]);
    expect(siteFaults(changed)).toEqual([expect.stringMatching(fault)]);
  });

  test("is not judged well with a style that asks for something", () => {
    const style = "@font-face { src: url(https://x.invalid/y.woff) }";
    expect(siteFaults(new Map([["style.css", style]]))).toHaveLength(1);
  });

  test("has each page of the documents in its navigation, with all its blocks of code and tables", () => {
    const [, navigation = ""] = site.get("index.html")!.split("<nav");
    for (const [path, markdown] of documents) {
      const page = site.get(pageOf(path));
      expect(page, path).toBeDefined();
      expect(navigation, path).toContain(`href="${pageOf(path)}"`);
      // Others are blocks by their indent alone.
      expect(count(page!, /<pre/g), path).toBeGreaterThanOrEqual(count(markdown, /^ *```.*$/gm) / 2);
      const text = markdown.replaceAll(/^( *)```.*?^\1```$/gms, "");
      expect(count(page!, /<table/g), path).toBe(count(text, /^ *\|(?: *:?-+:? *\|)+$/gm));
    }
  });

  test("is found as a whole by its search", () => {
    const { docs } = JSON.parse(site.get("search/search_index.json")!) as {
      readonly docs: readonly { readonly location: string; readonly text: string }[];
    };
    for (const path of documents.keys())
      expect(
        docs.some(({ location }) => location.startsWith(`${pageOf(path)}#`)),
        path,
      ).toBe(true);
    const errors = docs.filter(({ location }) => location.startsWith("docs/operate/errors.html#"));
    expect(errors.some(({ text }) => text.includes("ERR_CONFIG_UNKNOWN_KEY"))).toBe(true);
    for (const { location } of docs) {
      const [page = "", anchor] = location.split("#");
      expect(site.get(page), location).toContain(` id="${anchor}"`);
    }
  });

  // Packages that are made twice are held to each other in each run, too.
  test.runIf(isSoak)("that is made twice is equal to the octet", () => {
    makeSite(checkout, join(folder, "again"));
    expect(textsOf(join(folder, "again"))).toEqual(site);
  });

  test("has no file that no page needs", () => {
    expect([...site.keys()].filter((path) => /sitemap|404|\.(?:woff|map)/.test(path))).toEqual([]);
  });
});
