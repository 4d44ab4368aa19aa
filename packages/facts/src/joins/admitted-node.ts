/** The record of a node that comes with a token. Pure. */
import { writeEnvelope } from "../envelope.ts";
import { bodyOf, type Fact, writePayload } from "../fact.ts";
import type { JoinMembers } from "./join.ts";

const DAY_MS = 86_400_000;
/** How long a node that a token has let in stays, from when the token was issued: people sign its record by then, or let it end. */
export const ADMITTED_MS: number = 90 * DAY_MS;

/**
 * The octets of the node's record, without signatures. It follows from the token's record and from name and key of the node alone, so that all programs sign one payload, however often the
 * node asks. Its epoch is the time when the token was issued: no program signs two records of one epoch for a name, and a later token has a higher one.
 */
export function admittedNode(token: Fact, { node, key }: Pick<JoinMembers, "node" | "key">): Uint8Array {
  const { organization, partition } = bodyOf(token, "token")!;
  const payload = writePayload({
    cluster: token.cluster,
    kind: "node",
    scope: "cluster",
    subject: node,
    epoch: epochOf(token),
    generation: 1,
    issued: token.issued,
    expires: token.issued + ADMITTED_MS,
    authority: "control",
    body: { key, organization, partition, "trust-tier": 0 },
  });
  return writeEnvelope({ payload, signatures: [] });
}

/** Whether a record of a node is one that a token has let in. */
export function isAdmittedBy(token: Fact, { epoch, issued }: Pick<Fact, "epoch" | "issued">): boolean {
  return epoch === epochOf(token) && issued === token.issued;
}

/** A token that was issued in the first millisecond of 1970 has no time above 0. */
function epochOf({ issued }: Fact): number {
  return Math.max(1, issued);
}
