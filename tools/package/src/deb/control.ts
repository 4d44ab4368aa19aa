import type { DebianPackage } from "./package-file.ts";

const MAINTAINER = "Florenetes <maintainers@florenetes.invalid>";
const HOMEPAGE = "https://florenetes.invalid";
const KIB = 1024;
/** The characters of a commit that people are told. */
export const ID_LENGTH = 8;

/**
 * The file `control` of a binary package, deb-control(5).
 *
 * @param libraries what the native code in it needs, in the words of deb-control(5)
 * @param installedOctets the sum of the sizes of all files
 */
export function controlText(
  each: DebianPackage,
  architecture: string,
  libraries: readonly string[],
  installedOctets: number,
): string {
  const depends = [...each.depends, ...libraries];
  const { recommends = [] } = each;
  return [
    `Package: ${each.name}`,
    "Source: florenetes",
    `Version: ${each.version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${Math.ceil(installedOctets / KIB)}`,
    ...(depends.length === 0 ? [] : [`Depends: ${depends.join(", ")}`]),
    ...(recommends.length === 0 ? [] : [`Recommends: ${recommends.join(", ")}`]),
    "Section: net",
    "Priority: optional",
    `Homepage: ${HOMEPAGE}`,
    `Description: ${each.summary}`,
    ...each.description.map((line) => (line === "" ? " ." : ` ${line}`)),
    "",
  ].join("\n");
}

/**
 * A version for packages of a commit: the version of the manifests when the commit has that tag, else one that is higher than it and grows
 * with the time of the commit.
 *
 * @param time of the commit, in seconds since 1970
 */
export function versionOf(
  manifest: string,
  commit: { readonly id: string; readonly time: number; readonly isTagged: boolean; readonly isChanged: boolean },
): string {
  if (commit.isTagged && !commit.isChanged) return manifest;
  const time = new Date(commit.time * 1_000).toISOString().replaceAll(/[-:T]|\..*/g, "");
  return `${manifest}+git${time}.${commit.id.slice(0, ID_LENGTH)}${commit.isChanged ? ".changed" : ""}`;
}

/** Debian's changelog of a package, deb-changelog(5), with one entry. */
export function changelogText(each: DebianPackage, time: number): string {
  const date = new Date(time * 1_000).toUTCString().replace("GMT", "+0000");
  const what = "What is new for users stands in the repository's change log.";
  return `florenetes (${each.version}) unstable; urgency=medium\n\n  * ${what}\n\n -- ${MAINTAINER}  ${date}\n`;
}
