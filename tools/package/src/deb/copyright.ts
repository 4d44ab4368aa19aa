/** A part of a package that others wrote, under a licence of its own. */
export interface Notice {
  /** Name, version and licence, as `ring 0.17.14: Apache-2.0 AND ISC`. */
  readonly heading: string;
  /** The texts of the licence, as the part comes with them. */
  readonly texts: readonly string[];
}

const BETWEEN = `\n${"-".repeat(80)}\n`;
const NEXT_PART = /\n-{80}\n/;

/**
 * The file `copyright` of a package, in the machine-readable form of Debian (copyright-format 1.0).
 *
 * @param name of the package
 * @param year of the commit
 */
export function copyrightText(name: string, year: number): string {
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: Florenetes",
    `Comment: Programs hold parts that others wrote. Their names, versions, licences and the texts of these`,
    ` stand in /usr/share/doc/${name}/third-party.gz.`,
    "",
    "Files: *",
    `Copyright: ${year} the authors of Florenetes`,
    "License: Apache-2.0",
    " The text is in /usr/share/common-licenses/Apache-2.0 on a Debian system.",
    "",
  ].join("\n");
}

/** All notices in one text, each once. */
export function noticesText(notices: readonly Notice[]): string {
  const byHeading = new Map(notices.map((notice) => [notice.heading, notice]));
  const parts = [...byHeading.values()].map(({ heading, texts }) => [heading, ...texts].join("\n\n"));
  return `${parts.toSorted().join(BETWEEN)}\n`;
}

/** @param licenses the `licenses.txt` of a bundle, which has the same form */
export function noticesOfBundle(licenses: string): readonly Notice[] {
  return licenses.split(NEXT_PART).map((part) => {
    const [heading = "", ...rest] = part.split("\n");
    return { heading, texts: [rest.join("\n").trim()] };
  });
}
