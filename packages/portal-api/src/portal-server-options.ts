import type { Instance } from "@florenetes/wire-values";
import type { VertexSigner } from "./sign.ts";
import type { TransitTaker } from "./transit.ts";

export interface PortalServerOptions {
  readonly cluster: string;
  /** The name of the vertex principal whose credentials this link vertex holds for the cluster. */
  readonly principal: string;
  readonly instance: Instance;
  /** No link will carry larger packets. */
  readonly linkMtuMax: number;
  /** The protocol that all links run over, as `quic`; undefined: the cluster vertex is not told. */
  readonly linkProtocol?: string | undefined;
  /** Whoever forwards by the label table of the cluster vertex; undefined: this link vertex cannot. */
  readonly transit?: TransitTaker | undefined;
  /** Whoever signs in the vertex's name; undefined: nobody does. */
  readonly signer?: VertexSigner | undefined;
  /** The port repeats the heartbeat and takes note of the cluster vertex's by itself: see `pollHeartbeat`, `knownMessage` and
   *  `handleHeard`. */
  readonly isPortRepeating?: boolean;
  /** Most links that may be wanted at present: those that are there stay when it becomes less. Default 4,096. */
  readonly linksMax?: () => number;
  /** Default: all that this package speaks. */
  readonly versions?: { readonly min: number; readonly max: number };
}
