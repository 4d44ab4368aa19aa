/** Compares the licences of the crates that build and test native/ with those that native/deny.toml allows, as cargo-deny does. */
import satisfies from "spdx-satisfies";
import { z } from "zod";

const metadataSchema = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      license: z.string().nullable(),
      /** The registry; null: a crate of this repository. */
      source: z.string().nullable(),
    }),
  ),
});

/** The list of allowed licences under `[licenses]`. */
export function allowedLicenses(denyToml: string): string[] {
  const [, list] = /^\[licenses\]$[^[]*^allow = \[([^\]]*)\]$/m.exec(denyToml) ?? [];
  if (list === undefined) throw new Error("native/deny.toml has no list of licences that are allowed");
  return [...list.matchAll(/"([^"]+)"/g)].map(([, id]) => id!);
}

/** @param metadata JSON of `cargo metadata` */
export function findLicenseFaults(metadata: string, allowed: readonly string[]): string[] {
  return metadataSchema.parse(JSON.parse(metadata)).packages.flatMap(({ name, version, license, source }) => {
    if (source === null) return [];
    // Older crates write "/" where SPDX has "OR".
    if (license !== null && isAllowed(license.replaceAll("/", " OR "), allowed)) return [];
    return [
      `${name} ${version} comes under ${license ?? "no licence that it names"}, which native/deny.toml does not allow`,
    ];
  });
}

function isAllowed(expression: string, allowed: readonly string[]): boolean {
  try {
    return satisfies(expression, [...allowed]);
  } catch {
    // The text is not an expression of SPDX.
    return false;
  }
}
