import type { FlorioPort } from "@florenetes/florio";
import type { LinkStateKind } from "@florenetes/portal-api";
import type { LinkConfig } from "../config/cluster-config.ts";
import { LINK_NONE } from "../forwarding/interfaces.ts";
import { LinkHistory } from "./link-figures.ts";

/** All that is known of a link. */
export interface LinkRow {
  config: LinkConfig;
  /** The time since which the link is wanted. */
  readonly wantedAt: number;
  state: LinkStateKind | "waiting";
  code: string;
  text: string;
  mtu: number;
  preferredMtu: number;
  /** While nothing is sent, a sign of life passes once in so many seconds; 0: the link is not quiet, or not up. */
  quietSeconds: number;
  /** 0 while the link is not up. The packet path knows by this alone whether it is. */
  handle: number;
  since: number;
  /** The set of classes whose sources should hold back. */
  congestedClasses: number;
  /** The port of the link's portal; undefined: the portal has no port, and none of its links is up. */
  port: FlorioPort | undefined;
  wasContacted: boolean;
  ups: number;
  /** When the link went down lately, the last times alone. */
  downs: readonly number[];
  packetsReceived: number;
  packetsSent: number;
  bytesReceived: number;
  bytesSent: number;
  packetsDroppedDown: number;
  packetsDroppedFull: number;
  /** Packets among those received and sent that the link vertex forwarded by itself. */
  offloadedIn: number;
  offloadedOut: number;
  readonly history: LinkHistory;
}

/** Makes the row of a link that is wanted from now on. */
export function newRow(config: LinkConfig, port: FlorioPort | undefined, now: number): LinkRow {
  return {
    config,
    port,
    wantedAt: now,
    state: "waiting",
    code: "",
    text: "the link vertex has not answered yet",
    mtu: 0,
    preferredMtu: 0,
    quietSeconds: 0,
    handle: 0,
    since: now,
    congestedClasses: 0,
    wasContacted: false,
    ups: 0,
    downs: [],
    packetsReceived: 0,
    packetsSent: 0,
    bytesReceived: 0,
    bytesSent: 0,
    packetsDroppedDown: 0,
    packetsDroppedFull: 0,
    offloadedIn: 0,
    offloadedOut: 0,
    history: new LinkHistory(),
  };
}

/** Stands for a link that is gone: nothing is sent over it. */
export const gone: LinkRow = newRow(
  { name: "", portal: LINK_NONE, role: "acceptor", peer: "", tag: "", endpoint: undefined, label: 0 },
  undefined,
  0,
);
