import { posix } from "node:path";
import { type Finding, lineOf, type Tree } from "./tree.ts";

const PAGE = /^(?:docs\/(?:[^/]+\/)?)?[^/]+\.md$/;
const INDEX = "docs/README.md";
const FENCED = /^```.*?^```/gms;
const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g;
const HEADING = /^#+ (.*)$/gm;
/** A source file in backticks, by its path or the end of it. */
const SOURCE_FILE = /`([\w.-]+(?:\/[\w.-]+)*\.(?:ts|rs|mjs|py|cc|proto|sh))`/g;

/** Pages link to files and headings that exist, and name source files that exist. The index of docs leads to each page of docs. */
export function checkPages(tree: Tree): Finding[] {
  const pages = [...tree].filter(([path]) => PAGE.test(path));
  return [...pages.flatMap(([path, text]) => checkPage(path, text, tree)), ...findUnlisted(tree)];
}

function findUnlisted(tree: Tree): Finding[] {
  const index = tree.get(INDEX);
  if (index === undefined) return [];
  const listed = new Set([...index.matchAll(LINK)].map(([, path]) => posix.join(posix.dirname(INDEX), path!)));
  const unlisted = [...tree.keys()].filter(
    (path) => path.startsWith("docs/") && PAGE.test(path) && path !== INDEX && !listed.has(path),
  );
  return unlisted.map((file) => ({
    file,
    line: 1,
    rule: "unlisted-page",
    advice: `${INDEX} does not lead to it: say there what it is for`,
  }));
}

function checkPage(file: string, text: string, tree: Tree): Finding[] {
  const dead = (index: number, target: string): Finding => ({
    file,
    line: lineOf(text, index),
    rule: "dead-reference",
    advice: `${target} is not there: name what is`,
  });
  const links = [...text.matchAll(LINK)].filter(([, path, anchor]) => !leads(file, path!, anchor, tree));
  const files = [...text.matchAll(SOURCE_FILE)].filter(([, name]) => !hasFile(tree, name!));
  return [
    ...links.map(({ 1: path, 2: anchor, index }) => dead(index, anchor === undefined ? path! : `${path}#${anchor}`)),
    ...files.map(({ 1: name, index }) => dead(index, name!)),
  ];
}

function leads(page: string, path: string, anchor: string | undefined, tree: Tree): boolean {
  const target = path === "" ? page : posix.join(posix.dirname(page), path);
  const text = tree.get(target);
  if (text === undefined) return anchor === undefined && [...tree.keys()].some((each) => each.startsWith(`${target}/`));
  return anchor === undefined || anchorsOf(text).has(anchor);
}

/** The anchors that GitHub makes for a page's headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replaceAll(FENCED, "").matchAll(HEADING)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}

function hasFile(tree: Tree, name: string): boolean {
  return tree.has(name) || [...tree.keys()].some((path) => path.endsWith(`/${name}`));
}
