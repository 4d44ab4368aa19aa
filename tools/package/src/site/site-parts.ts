/** The parts of the site that others wrote: its search. */
import { readFileSync } from "node:fs";
import type { Notice } from "../deb/copyright.ts";
import { runTool } from "../deb/tools.ts";

/** Debian's packages of which the generator puts files into the site, with their licences in the words of SPDX and of Debian. */
const SOURCES = [
  { name: "lunr", from: "libjs-lunr", license: "MIT", inDebian: "Expat" },
  { name: "MkDocs", from: "mkdocs", license: "BSD-2-Clause", inDebian: "BSD-2-Clause" },
] as const;

/** A part of the site, as the machine has it on which the site is made. */
export interface SitePart {
  readonly name: string;
  /** Debian's version of it. */
  readonly version: string;
  readonly license: string;
  /** The package of Debian's that has it. */
  readonly from: string;
  /** Whose it is, and the text of the licence. */
  readonly text: string;
}

/**
 * Asks Debian's packages for the parts of the site.
 *
 * @throws OperatorError `ERR_PACKAGE_TOOL` when one is not installed
 */
export function siteParts(): readonly SitePart[] {
  return SOURCES.map(({ name, from, license, inDebian }) => ({
    name,
    version: runTool(["dpkg-query", "--showformat=${Version}", "--show", from]).trim(),
    license,
    from,
    text: licenseIn(readFileSync(`/usr/share/doc/${from}/copyright`, "utf8"), inDebian),
  }));
}

/**
 * The copyright of most files and the text of their licence.
 *
 * @param copyright a file in the form of Debian's copyright-format 1.0
 * @throws Error when it has none
 */
export function licenseIn(copyright: string, license: string): string {
  const paragraphs = copyright.split(/\n\n+/);
  const owner = paragraphs.find((each) => each.startsWith("Files: *\n"));
  const text = paragraphs.find((each) => each.startsWith(`License: ${license}\n`));
  const [, owners] = /^Copyright: *((?:.*)(?:\n .*)*)/m.exec(owner ?? "") ?? [];
  if (owners === undefined || text === undefined) throw new Error(`the licence ${license} is not in ${copyright}`);
  const lines = text.split("\n").slice(1);
  return [`Copyright: ${owners}`, "", ...lines.map((line) => line.replace(/^ \.?/, ""))].join("\n").trimEnd();
}

export function siteNotices(parts: readonly SitePart[]): readonly Notice[] {
  return parts.map(({ name, version, license, text }) => ({
    heading: `${name} ${version}: ${license} (in the site of the documents)`,
    texts: [text],
  }));
}

/** @param bom a bill of materials in CycloneDX (JSON), whose components are sorted */
export function withSiteParts(bom: string, parts: readonly SitePart[]): string {
  const { components, dependencies, ...rest } = JSON.parse(bom) as {
    readonly components: readonly { readonly "bom-ref": string }[];
    readonly dependencies: readonly { readonly ref: string }[];
  };
  const added = parts.map(({ name, version, license, from }) => {
    const purl = `pkg:deb/debian/${from}@${encodeURIComponent(version)}`;
    return { type: "library", "bom-ref": purl, name, version, purl, licenses: [{ license: { id: license } }] };
  });
  const edges = added.map(({ "bom-ref": ref }) => ({ ref, dependsOn: [] }));
  const whole = {
    ...rest,
    components: [...components, ...added].toSorted((a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1)),
    dependencies: [...dependencies, ...edges].toSorted((a, b) => (a.ref < b.ref ? -1 : 1)),
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}
