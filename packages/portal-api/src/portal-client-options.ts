import type { Instance } from "@florenetes/wire-values";
import type { PeerJudge } from "./judge.ts";
import type { TransitOffer } from "./transit-offer.ts";

export interface PortalClientOptions {
  readonly cluster: string;
  /** The name of this vertex's own principal: a link vertex that holds another's credentials refuses. Empty: any. */
  readonly vertex: string;
  readonly instance: Instance;
  /** Default: all that this package speaks. */
  readonly versions?: { readonly min: number; readonly max: number };
  /** The protocol that links must run over, as `quic`; undefined: any. A link vertex whose links run over another is asked for no link. */
  readonly linkProtocol?: string | undefined;
  /** The label table for a link vertex that can forward by it. Changes that are appended to the table leave with the next call. */
  readonly transit?: TransitOffer | undefined;
  /** Judges peers for the link vertex; undefined: nobody does. */
  readonly judge?: PeerJudge | undefined;
  /** The port repeats the heartbeat and takes note of the link vertex's by itself: see `pollHeartbeat`, `knownMessage` and
   *  `handleHeard`. */
  readonly isPortRepeating?: boolean;
}
