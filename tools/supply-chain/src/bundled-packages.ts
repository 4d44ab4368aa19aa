/** Compares the npm packages in the programs' bundles with the bill of materials. */
import { z } from "zod";
import { npmUrl } from "./locked-edges.ts";

const bomSchema = z.object({ components: z.array(z.object({ "bom-ref": z.string() })) });
/** The form in which `scripts/bundle.ts` writes licenses.txt. */
const BETWEEN_PACKAGES = /\n-{80}\n/;
const PACKAGE = /^(\S+) (\S+): [^\n]+/;

/**
 * @param licenses the `licenses.txt` of a bundle
 * @param npm the output of `pnpm sbom --sbom-format cyclonedx` for the programs
 */
export function findBundleFaults(licenses: string, npm: string): string[] {
  const known = new Set(bomSchema.parse(JSON.parse(npm)).components.map((component) => component["bom-ref"]));
  return licenses.split(BETWEEN_PACKAGES).flatMap((part) => {
    const [heading, name, version] = PACKAGE.exec(part) ?? [];
    if (heading === undefined) return [`licenses.txt has a part without the name of a package: ${part.slice(0, 80)}`];
    return [
      ...(known.has(npmUrl(name!, version!))
        ? []
        : [`${name} ${version} is bundled, and not in the bill of materials`]),
      ...(part.slice(heading.length).trim() === ""
        ? [`${name} ${version} is bundled without the text of its licence`]
        : []),
    ];
  });
}
