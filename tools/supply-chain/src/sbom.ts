/** The software bill of materials: pnpm's list of npm packages, and the crates that their binaries embed. */
import { z } from "zod";
import type { Advisory } from "./advisories.ts";
import type { Embedded, EmbeddedCrate } from "./embedded-crates.ts";
import { lockedEdges, npmUrl } from "./locked-edges.ts";

const componentSchema = z.looseObject({ "bom-ref": z.string() });
const dependencySchema = z.object({ ref: z.string(), dependsOn: z.array(z.string()).default([]) });
const bomSchema = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({}) }),
  components: z.array(componentSchema),
  dependencies: z.array(dependencySchema),
});

/** The states of advisories, in the words of CycloneDX. */
const ANALYSES = {
  open: { state: "exploitable" },
  mitigated: { state: "not_affected", justification: "protected_by_mitigating_control" },
  unreachable: { state: "not_affected", justification: "code_not_reachable" },
} as const;

/**
 * CycloneDX as JSON. A lock always gives the same text, without a serial number and a time. The needs of packages come from the lock, since
 * pnpm names a package as needed by the first one that it meets, which differs from run to run.
 *
 * @param npm the output of `pnpm sbom --sbom-format cyclonedx`
 * @param lock the content of pnpm-lock.yaml
 */
export function makeSbom(npm: string, lock: unknown, embedded: Embedded, advisories: readonly Advisory[]): string {
  const { serialNumber: _number, metadata, components, dependencies, ...bom } = bomSchema.parse(JSON.parse(npm));
  const { timestamp: _time, ...lasting } = metadata;
  const holder = npmUrl(embedded.package, embedded.version);
  if (!components.some((component) => component["bom-ref"] === holder)) {
    throw new Error(`the list of embedded crates is that of ${holder}, which is not deployed: make it anew`);
  }
  const inside = [...embedded.crates.map(crateComponent), ...otherComponents(embedded)];
  const refs = inside.map((component) => component["bom-ref"]);
  const deployed = new Set(components.map((component) => component["bom-ref"]));
  const locked = lockedEdges(lock);
  const edges = dependencies.map(({ ref, dependsOn }) => {
    const needs = [...(locked.get(ref) ?? dependsOn)].filter((need) => deployed.has(need));
    return { ref, dependsOn: (ref === holder ? [...needs, ...refs] : needs).toSorted() };
  });
  const vulnerabilities = advisories.flatMap(({ id, crate, what, state, answer }) => {
    const found = embedded.crates.find(({ name }) => name === crate);
    if (found === undefined || state === "unmaintained") return [];
    const analysis = { ...ANALYSES[state], detail: answer };
    return [{ id, description: what, affects: [{ ref: crateUrl(found) }], analysis }];
  });
  const whole = {
    ...bom,
    metadata: { ...lasting, component: { ...metadata.component, type: "application" } },
    components: [...components, ...inside].toSorted(byRef),
    dependencies: [...edges, ...refs.map((ref) => ({ ref, dependsOn: [] }))].toSorted((a, b) =>
      a.ref < b.ref ? -1 : 1,
    ),
    vulnerabilities,
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}

function byRef(a: { readonly "bom-ref": string }, b: { readonly "bom-ref": string }): number {
  return a["bom-ref"] < b["bom-ref"] ? -1 : 1;
}

function crateComponent(crate: EmbeddedCrate) {
  return {
    type: "library",
    "bom-ref": crateUrl(crate),
    name: crate.name,
    version: crate.version,
    purl: crateUrl(crate),
    licenses: [{ expression: crate.license }],
    hashes: [{ alg: "SHA-256", content: crate.sha256 }],
    properties: [{ name: "florenetes:evidence", value: crate.isSeen ? "binary" : "lock" }],
  };
}

/** The parts of the binary that are not crates. */
function otherComponents({ rust, bundled, crates }: Embedded) {
  const std = { name: "rust-std", version: rust, licenses: [{ expression: "MIT OR Apache-2.0" }] };
  const others = bundled.map(({ name, by, license }) => ({
    name,
    version: `of ${by} ${crates.find((crate) => crate.name === by)?.version ?? ""}`.trimEnd(),
    licenses: [{ expression: license }],
  }));
  return [std, ...others].map((each) => ({ type: "library", "bom-ref": `embedded:${each.name}`, ...each }));
}

function crateUrl({ name, version }: Pick<EmbeddedCrate, "name" | "version">): string {
  return `pkg:cargo/${name}@${version}`;
}
