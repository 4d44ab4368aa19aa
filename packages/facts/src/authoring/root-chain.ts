/** The authority that follows from root descriptors in files, which somebody holds to be the right ones. */
import { Authority } from "../authority.ts";
import { judge, trustRoot } from "../judge.ts";
import { REASONS } from "../reasons.ts";
import { authoringError } from "./authoring-error.ts";
import { requireRecord } from "./proposal.ts";

/**
 * The authority of root descriptors, one version after the other; the first one is trusted if its own quorum has signed it. Roots for development are
 * taken, too. Throws ERR_FABRIC_NO_ROOT when one of them does not hold, ERR_FABRIC_RECORD when it is out of form.
 */
export function authorityFrom(roots: readonly Uint8Array[], now: number): Authority {
  const [first, ...later] = roots;
  if (first === undefined) throw authoringError("ERR_FABRIC_NO_ROOT", "there is no root descriptor");
  const { cluster, id } = requireRecord(first);
  const trusted = trustRoot(first, { cluster, fingerprint: id, development: true, now });
  if (!trusted.isAccepted) throw authoringError("ERR_FABRIC_NO_ROOT", `${REASONS[trusted.reason]} (${trusted.reason})`);
  return later.reduce((authority, octets) => {
    const next = judge(octets, { authority, held: { in: () => [] }, development: true, now });
    if (!next.isAccepted) throw authoringError("ERR_FABRIC_NO_ROOT", `${REASONS[next.reason]} (${next.reason})`);
    return authority.next(next.fact);
  }, Authority.of(trusted.fact));
}
