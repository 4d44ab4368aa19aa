import { type ReportBody, signPayload, type Signer, writePayload } from "@florenetes/facts";
import { writeRoutesLetter } from "@florenetes/feed";

const LIFE_MS = 180_000;
/** Figures of a link that takes no time, loses nothing and has the highest rate. */
const PERFECT = [0, 0, 0, 10_000_000, 0, 1_500, 0] as const;

/** A report that says nothing, but for what is given. */
export function reportBody(said: Partial<ReportBody>): ReportBody {
  const quiet = { load: { cpu: 0, memory: 0, sockets: 0 }, metered: false, nat: "none", endpoints: [] } as const;
  return { links: [], carried: [], routes: [], uses: [], versions: [], ...quiet, ...said };
}

/** A link as a report tells it that says it is perfect. */
export function perfectLink(label: number, peer: string, tag?: string): ReportBody["links"][number] {
  return { label, peer, ...(tag !== undefined && { tag }), figures: PERFECT };
}

/** The octets of a report about `subject`, by whatever key. */
export function signReport(cluster: string, subject: string, epoch: number, body: ReportBody, key: Signer): Uint8Array {
  const slot = { kind: "report", scope: "cluster", subject, authority: "node", issuer: subject };
  const issued = Date.now();
  const life = { epoch, generation: 0, issued, expires: issued + LIFE_MS };
  return signPayload(writePayload({ cluster, ...slot, ...life, body: { ...body } }), [key]);
}

/** The body of a letter that brings these records, and waits for its answer for as long as it may. */
export function letterOf(records: readonly Uint8Array[], wait = 45): Uint8Array {
  return writeRoutesLetter({ wait, records, acknowledged: [] });
}
