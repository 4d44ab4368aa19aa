import type { Instance } from "@florenetes/instances";
import type { StateTeller } from "./state-teller.ts";

/** The time for which a cluster vertex is attached, as its link vertex keeps it. */
export interface ServerAttachment {
  readonly instance: Instance;
  readonly requestId: number;
  readonly states: StateTeller;
  /** The newest of the cluster vertex. */
  heartbeat?: Uint8Array;
}
