import type { AccessLog } from "./access-records.ts";
import type { Credentials, RevocationLists } from "@florenetes/identity";
import type { Logger } from "@florenetes/process-kit";
import type { QuicEngine } from "@florenetes/quic";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ServiceTarget } from "@florenetes/config-file";
import type { RunningConfig } from "../config/running-config.ts";
import type { PacketOrigin } from "../forwarding/interfaces.ts";
import type { DatagramNetwork } from "./datagrams/datagram-network.ts";
import type { TransportLimits } from "./limits.ts";
import type { VertexInstance } from "./messages.ts";
import type { OpenTransportPlane } from "./data-plane/transport-plane.ts";
import type { OwnService } from "./own/own-service.ts";
import type { LocalNetwork } from "./streams/local-network.ts";
import type { TrunkNews } from "./tunnels/trunk-host.ts";
import type { Trunk } from "./tunnels/trunk.ts";

/** The parts of the machine that the transport service uses. */
export interface TransportDrivers extends ProcessTime {
  readonly local: LocalNetwork;
  readonly datagrams: DatagramNetwork;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Milliseconds of a clock that goes on while the machine is suspended; undefined: the monotonic clock. */
  readonly bootNow?: () => number;
}

/** The transport service's part of a config. */
export type TransportConfig = Pick<
  RunningConfig,
  "cluster" | "links" | "services" | "paths" | "tunnels" | "expiryGraceMs" | "pins" | "leads"
>;

/** A later config, which replaces the one before. */
export type NextTransportConfig = TransportConfig & Pick<RunningConfig, "transport">;

/** The parts and the config with which the transport service is made. */
export interface TransportOptions {
  /** The first config. */
  readonly config: TransportConfig;
  /** The credentials of every folder that a service (`identity`) or a tunnel (`as`) names. */
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly revocations: RevocationLists;
  readonly engine: QuicEngine;
  readonly origin: PacketOrigin;
  /** The present life of this vertex. */
  readonly instance: VertexInstance;
  /** The token that names this vertex, in all its lives, by one of its principals towards a peer's: 32 hexadecimal digits. */
  readonly vertexToken: (own: string, peer: string) => string;
  /** Gets each stream and flow that is over; undefined: no records are kept. */
  readonly accessLog?: AccessLog | undefined;
  readonly log: Logger;
  readonly drivers: TransportDrivers;
  /** Makes the plane that carries accepted connections. */
  readonly openPlane: OpenTransportPlane;
  /** The services that this process has itself, by their targets and names. Default: those that a config names as `self:…`. */
  readonly ownServiceOf?: (target: ServiceTarget, service: string) => OwnService | undefined;
  readonly limits?: Partial<TransportLimits>;
  /** Hears of trunks and routes; undefined: nobody does. */
  readonly news?: () => TransportNews;
}

/** Hears what becomes of the trunks and routes of a transport service. */
export type TransportNews = TrunkNews<Trunk>;
