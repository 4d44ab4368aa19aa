/** The pages of the site, and their text as the generator takes it. Pure. */
import { posix } from "node:path";
import { withWideIndents } from "./list-indents.ts";

/** The page with which the site begins, and the one that leads to all others: paths in a checkout. */
const START = "README.md";
export const INDEX = "docs/README.md";
const SECTION = /^## ([^:\n]*).*$/m;
const FENCED = /^( *)```.*?^\1```$/gms;
const LINK = /(!?)\[([^\]]*)\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?\)/g;
const CODE_IN_TABLE = /`[^`\n]*`/g;

/** An entry of the navigation: a page, or a section with pages. */
export type SiteEntry = string | Readonly<Record<string, readonly string[]>>;

/**
 * The navigation of the site: the start, the index, and the index's sections with the pages to which each of them leads first.
 *
 * @param index the text of `docs/README.md`
 */
export function siteNavigation(index: string): readonly SiteEntry[] {
  const seen = new Set([START, INDEX]);
  const [before = "", ...parts] = index.split(SECTION);
  const pagesOf = (text: string): readonly string[] =>
    [...text.matchAll(LINK)]
      .map(([, , , path]) => posix.join(posix.dirname(INDEX), path!))
      .filter((page) => page.endsWith(".md") && !seen.has(page) && seen.add(page));
  const sections = parts.flatMap((name, at) => (at % 2 === 0 ? [{ [name.trim()]: pagesOf(parts[at + 1]!) }] : []));
  return [START, INDEX, ...sections, ...pagesOf(before)];
}

/** All pages of a navigation, in its order. */
export function pagesIn(navigation: readonly SiteEntry[]): readonly string[] {
  return navigation.flatMap((entry) => (typeof entry === "string" ? [entry] : Object.values(entry).flat()));
}

/**
 * A page as the generator takes it. Links to what the site does not have become the path in the repository; a link to a folder leads to its
 * README, where the site has it.
 *
 * @param path of the page in the repository
 * @param files all paths of the site
 */
export function pageForSite(path: string, markdown: string, files: ReadonlySet<string>): string {
  const linked = outsideFences(markdown, (text) =>
    text.replaceAll(LINK, (link, picture: string, words: string, to: string, anchor = "") => {
      if (to === "") return link;
      const target = posix.join(posix.dirname(path), to).replace(/\/$/, "");
      if (files.has(target)) return link;
      if (files.has(`${target}/README.md`)) return `[${words}](${posix.join(to, "README.md")}${anchor})`;
      return picture !== "" || words.replaceAll(/[`/]/g, "") === target.replaceAll("/", "")
        ? `\`${target}\``
        : `${words} (\`${target}\`)`;
    }),
  );
  return withWideIndents(outsideFences(linked, withPlainPipes));
}

/** In a table, code has its `|` behind a backslash: the generator takes it without. */
function withPlainPipes(text: string): string {
  return text.replaceAll(/^\|.*$/gm, (row) => row.replaceAll(CODE_IN_TABLE, (code) => code.replaceAll("\\|", "|")));
}

/** Changes a text but for its blocks of code. */
function outsideFences(markdown: string, change: (text: string) => string): string {
  let at = 0;
  let changed = "";
  for (const { 0: block, index } of markdown.matchAll(FENCED)) {
    changed += change(markdown.slice(at, index)) + block;
    at = index + block.length;
  }
  return changed + change(markdown.slice(at));
}
