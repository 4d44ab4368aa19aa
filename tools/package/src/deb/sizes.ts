import { basename } from "node:path";
import type { BuiltPackage } from "./build-package.ts";

const MEBI = 1_048_576;
/** Files from this size on are told one by one. */
const TOLD_OCTETS = MEBI;

/** Tells of packages that were made: each package with its sizes, its large files, and the oldest glibc of its native code; then the tarball. */
export function sizesText(
  built: readonly BuiltPackage[],
  tarball: { readonly file: string; readonly octets: number },
): string {
  return [...built.map(packageText), `${basename(tarball.file)}: ${mebi(tarball.octets).trim()}\n`].join("");
}

function packageText({ file, octets, installedOctets, files, glibc }: BuiltPackage): string {
  const large = files.filter((each) => each.octets >= TOLD_OCTETS).toSorted((a, b) => b.octets - a.octets);
  const lines = large.map(({ path, octets }) => {
    const needs = glibc.get(path);
    return `  ${mebi(octets)}  /${path}${needs === undefined ? "" : `, needs glibc ${needs}`}`;
  });
  const small = [...glibc].filter(([path]) => large.every((each) => each.path !== path));
  const others = small.map(([path, needs]) => `               /${path}, needs glibc ${needs}`);
  const heading = `${basename(file)}: ${mebi(octets).trim()}, installed ${mebi(installedOctets).trim()}`;
  return `${[heading, ...lines, ...others].join("\n")}\n`;
}

function mebi(octets: number): string {
  return `${(octets / MEBI).toFixed(1).padStart(7)} MiB`;
}
