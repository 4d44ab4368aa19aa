import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "./tools.ts";

/** A symbol of the C library as objdump(1) shows it, with the version that brought it. */
const GLIBC = /\(?GLIBC_(\d+)\.(\d+)(?:\.\d+)?\)?/g;

/** Takes away all symbols that nothing needs while it runs. */
export function strip(file: string): void {
  runTool(["strip", "--strip-unneeded", "--remove-section=.comment", file]);
}

/** The oldest glibc that has all symbols that a file asks for, as `2.34`. */
export function oldestGlibc(file: string): string {
  return oldestGlibcOf(runTool(["objdump", "--dynamic-syms", file]));
}

/** @param symbols the output of `objdump --dynamic-syms` */
export function oldestGlibcOf(symbols: string): string {
  const versions = [...symbols.matchAll(GLIBC)].map(([, major, minor]) => [Number(major), Number(minor)] as const);
  const [newest] = versions.toSorted(([a, b], [c, d]) => c - a || d - b);
  return newest === undefined ? "any" : newest.join(".");
}

/** The packages of Debian with the libraries that files need, in the words of deb-control(5); none for no files. */
export function librariesOf(files: readonly string[]): readonly string[] {
  if (files.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "florenetes-shlibs-"));
  try {
    // dpkg-shlibdeps asks for a source package around it.
    mkdirSync(join(folder, "debian"));
    writeFileSync(join(folder, "debian/control"), "Source: florenetes\n\nPackage: florenetes\nArchitecture: any\n");
    const found = runTool(["dpkg-shlibdeps", "-O", ...files.map((file) => `-e${file}`)], { cwd: folder });
    const [, libraries = ""] = /^shlibs:Depends=(.*)$/m.exec(found) ?? [];
    return libraries.split(", ").filter((library) => library !== "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
