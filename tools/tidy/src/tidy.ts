import { checkComments } from "./comment-rules.ts";
import { checkCounters } from "./counter-rules.ts";
import { checkImports, checkRootReferences } from "./import-rules.ts";
import { checkLengths } from "./length-rules.ts";
import { checkMaps } from "./map-rules.ts";
import { checkPages } from "./page-rules.ts";
import { checkRustArrows } from "./rust-arrows.ts";
import { checkRust } from "./rust-rules.ts";
import { checkSource } from "./source-rules.ts";
import { parseSource } from "./source.ts";
import type { Finding, Tree } from "./tree.ts";
import { checkWords } from "./word-rules.ts";
import { findWorkspaces } from "./workspaces.ts";

const SOURCE = /\.(?:ts|mts|mjs|js)$/;
/** Files that may contain the words of the word rules. */
const WORD_RULES = /^tools\/tidy\/(?:src\/word-rules\.ts|test\/)/;

/** All broken rules of the repository, by file and line. */
export function findAll(tree: Tree): Finding[] {
  const workspaces = findWorkspaces(tree);
  const findings = [
    ...checkRootReferences(tree, workspaces),
    ...checkCounters(tree),
    ...checkLengths(tree),
    ...checkMaps(tree),
    ...checkPages(tree),
    ...checkRustArrows(tree),
  ];
  for (const [path, text] of tree) {
    if (!WORD_RULES.test(path)) findings.push(...checkWords(path, text));
    if (path.endsWith(".rs")) findings.push(...checkRust(path, text));
    if (!SOURCE.test(path)) continue;
    const source = parseSource(path, text);
    findings.push(...checkSource(source), ...checkImports(source, workspaces), ...checkComments(source));
  }
  return findings.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
}
