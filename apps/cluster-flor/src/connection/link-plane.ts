import type { FlorioHandlers, FlorioPort } from "@florenetes/florio";
import type { PortalConfig } from "../config/cluster-config.ts";

/** Opens the FlorIO port of a portal. @throws FlorioError when its socket cannot be bound; a data thread says so later, by `onOpenFailed` */
export type OpenPort = (portal: PortalConfig, handlers: FlorioHandlers, number: number) => FlorioPort;

/** The connection service's part of a data plane: the FlorIO ports, over which packets of links come and go. */
export interface LinkPlane {
  readonly openPort: OpenPort;
  /** The ports repeat heartbeats by themselves. */
  readonly isPortRepeating: boolean;
  /** Sets the state of a link. */
  setLink(link: number, state: CarriedLink): void;
}

/** The state of a link, as far as it matters to whoever carries its packets. */
export interface CarriedLink {
  readonly portal: number;
  /** 0: the link is not up. */
  readonly handle: number;
  readonly mtu: number;
  readonly preferredMtu: number;
  readonly congestedClasses: number;
}
