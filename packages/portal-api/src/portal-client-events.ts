import type { Instance } from "@florenetes/wire-values";
import type { Knock, LinkStats, LinkStatus } from "./link.ts";
import type { TransitReport } from "./transit.ts";

export interface PortalAttached {
  readonly kind: "attached";
  /** The link vertex's process. */
  readonly instance: Instance;
  readonly version: number;
  /** The name of the vertex principal whose credentials the link vertex holds. */
  readonly principal: string;
  readonly linkMtuMax: number;
  readonly linksMax: number;
  readonly features: readonly string[];
  /** The protocol that the link vertex's links run over, such as `quic`; undefined: not told. */
  readonly linkProtocol?: string | undefined;
}

export type PortalClientEvent =
  | PortalAttached
  /**
   * The attachment has ended. All links are down until the next attachment tells their states; no `link` event says so for each.
   */
  | { readonly kind: "detached"; readonly code: string; readonly text: string }
  /**
   * Attach was refused, and is tried again every second; told again when the reason changes, or after a disconnect. With
   * `wrongLinkProtocol` the cluster vertex refuses: the link vertex is asked for nothing until `detached`, and no link is up.
   */
  | { readonly kind: "refused"; readonly code: string; readonly text: string }
  | { readonly kind: "link"; readonly status: LinkStatus }
  | { readonly kind: "stats"; readonly stats: LinkStats }
  /** A vertex wants a link that this portal is not asked for. It may be told again and again, and may get lost. */
  | { readonly kind: "knock"; readonly knock: Knock }
  /** Counts of the packets that the link vertex has forwarded itself, by the present table. */
  | { readonly kind: "transit-report"; readonly instance: Instance; readonly report: TransitReport };
