import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NativeTools } from "../target/target.ts";
import { runTool } from "./tools.ts";

/** A symbol of the C library as objdump(1) shows it, with the version that brought it. */
const GLIBC = /\(?GLIBC_(\d+)\.(\d+)(?:\.\d+)?\)?/g;

/** Lists of Debian's cross compilers have this behind the names of libraries. On the machine that runs the code, names are without it. */
const OF_CROSS_COMPILERS = /-\w+-cross(?= |$)|:\w+(?= |$)/;

/** Takes away all symbols that nothing needs while it runs. */
export function strip(file: string, { prefix }: NativeTools): void {
  runTool([`${prefix}strip`, "--strip-unneeded", "--remove-section=.comment", file]);
}

/** The oldest glibc that has all symbols that a file asks for, as `2.34`. */
export function oldestGlibc(file: string, { prefix }: NativeTools): string {
  return oldestGlibcOf(runTool([`${prefix}objdump`, "--dynamic-syms", file]));
}

/** @param symbols the output of `objdump --dynamic-syms` */
export function oldestGlibcOf(symbols: string): string {
  const versions = [...symbols.matchAll(GLIBC)].map(([, major, minor]) => [Number(major), Number(minor)] as const);
  const [newest] = versions.toSorted(([a, b], [c, d]) => c - a || d - b);
  return newest === undefined ? "any" : newest.join(".");
}

/** The packages of Debian with the libraries that files need, in the words of deb-control(5); none for no files. */
export function librariesOf(files: readonly string[], { libraries }: NativeTools): readonly string[] {
  if (files.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "florenetes-shlibs-"));
  try {
    // dpkg-shlibdeps asks for a source package around it.
    mkdirSync(join(folder, "debian"));
    writeFileSync(join(folder, "debian/control"), "Source: florenetes\n\nPackage: florenetes\nArchitecture: any\n");
    const where = libraries === undefined ? [] : [`-l${libraries}`];
    const found = runTool(["dpkg-shlibdeps", "-O", ...where, ...files.map((file) => `-e${file}`)], { cwd: folder });
    return librariesIn(found);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param found the output of `dpkg-shlibdeps -O` */
export function librariesIn(found: string): readonly string[] {
  const [, needed = ""] = /^shlibs:Depends=(.*)$/m.exec(found) ?? [];
  const libraries = needed.split(", ").filter((library) => library !== "");
  return libraries.map((library) => library.replace(OF_CROSS_COMPILERS, ""));
}
