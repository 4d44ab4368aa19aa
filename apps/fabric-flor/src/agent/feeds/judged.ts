import type { Judgement, Reason } from "@florenetes/facts";
import type { JudgedAs } from "@florenetes/feed";

/** The outcome of each reason, for the neighbour that has brought the record; all others are honest: `refused-other`. */
const BY_REASON: Partial<Record<Reason | "no-root", JudgedAs>> = {
  "too-large": "refused-form",
  envelope: "refused-form",
  "not-canonical": "refused-form",
  cluster: "refused-form",
  body: "refused-form",
  signature: "refused-signature",
  duplicate: "known",
  // The ground of such a record may be on its way: a root descriptor, the record of the node that has signed it, a policy; or the right time.
  future: "too-early",
  "unknown-key": "too-early",
  // Renewals by programs count once the record is here that they renew.
  quorum: "too-early",
  gap: "too-early",
  issuer: "too-early",
  authority: "too-early",
  "no-root": "too-early",
};

/** The outcome of a record for the stream that has brought it. */
export function judgedAs(judgement: Judgement, hasRoot: boolean): JudgedAs {
  if (judgement.isAccepted) return "taken";
  const isEarly = !hasRoot && !["too-large", "envelope", "not-canonical"].includes(judgement.reason);
  return BY_REASON[isEarly ? "no-root" : judgement.reason] ?? "refused-other";
}
