#!/usr/bin/env node
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findAll } from "./tidy.ts";

/** Folders and files that programs, or other people, make. */
const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "generated", "bench-results", "docs-site", "target", "made"]);
const SKIPPED_FILES = new Set(["pnpm-lock.yaml"]);
const SKIPPED_DOT_FOLDERS = new Set([".git", ".toolchain", ".turbo", ".test-results", ".venv"]);
const READ = /\.(?:ts|mts|mjs|js|json|md|ya?ml|proto|sh|service|py|cc|h|rs|toml|svg|png)$|\/run$/;
/** Pages lead to pictures, which have no text that a rule could read. */
const PICTURE = /\.png$/;

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const textOf = (path: string): string => (PICTURE.test(path) ? "" : readFileSync(join(root, path), "utf8"));
const tree = new Map(listFiles("").map((path) => [path, textOf(path)]));
const findings = findAll(tree);
for (const { file, line, rule, advice } of findings) console.log(`${file}:${line}: ${rule}: ${advice}`);
console.log(`${tree.size} files, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return SKIPPED_FOLDERS.has(entry.name) || SKIPPED_DOT_FOLDERS.has(entry.name) ? [] : listFiles(path);
    }
    return entry.isFile() && READ.test(path) && !SKIPPED_FILES.has(entry.name) ? [path] : [];
  });
}
