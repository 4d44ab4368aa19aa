import { type Credentials, Revocations } from "@florenetes/identity";
import type { ClusterVertexOptions } from "../src/cluster-vertex.ts";

/** Credentials that stay the same; none of them is revoked. */
export function steadyHoldings(credentials: ReadonlyMap<string, Credentials>): ClusterVertexOptions["holdings"] {
  return {
    credentials,
    revocations: new Revocations({ isRequired: false, graceMs: 0 }),
    roots: undefined,
    watch() {},
    status: () => ({ certificates: [], revocation: null, trust: null }),
  };
}
