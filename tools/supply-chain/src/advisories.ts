/** Advisories against the packages that are deployed, and the project's answer to each. A person has read each of them. */
import { z } from "zod";

export interface Advisory {
  /** ID such as `CVE-2025-7054` or `RUSTSEC-2025-0009`. */
  readonly id: string;
  readonly crate: string;
  readonly what: string;
  /** `mitigated`: our code stands before the flaw. `unreachable`: our code never gets to the flaw. */
  readonly state: "open" | "mitigated" | "unreachable" | "unmaintained";
  readonly answer: string;
}

export const advisoriesSchema: z.ZodType<readonly Advisory[]> = z.array(
  z.strictObject({
    id: z.string().regex(/^(?:CVE-\d{4}-\d+|RUSTSEC-\d{4}-\d{4}|GHSA(?:-[a-z0-9]{4}){3})$/),
    crate: z.string(),
    what: z.string(),
    state: z.enum(["open", "mitigated", "unreachable", "unmaintained"]),
    answer: z.string(),
  }),
);

/** The parts of cargo-audit's output that are read. */
const auditSchema = z.object({
  vulnerabilities: z.object({ list: z.array(z.object({ advisory: z.object({ id: z.string() }) })) }),
  warnings: z.record(z.string(), z.array(z.object({ advisory: z.object({ id: z.string() }).nullable() }))),
});

/** The advisories of RustSec, from the JSON of cargo-audit, that have no answer yet. Throws on other JSON. */
export function findUnanswered(auditJson: string, advisories: readonly Advisory[]): string[] {
  const { vulnerabilities, warnings } = auditSchema.parse(JSON.parse(auditJson));
  const found = [...vulnerabilities.list, ...Object.values(warnings).flat()].flatMap(
    ({ advisory }) => advisory?.id ?? [],
  );
  const answered = new Set(advisories.map(({ id }) => id));
  return [...new Set(found)].filter((id) => !answered.has(id)).toSorted();
}
