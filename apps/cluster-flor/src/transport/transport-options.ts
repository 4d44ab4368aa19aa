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

/** All that the transport service takes from the machine. */
export interface TransportDrivers extends ProcessTime {
  readonly local: LocalNetwork;
  readonly datagrams: DatagramNetwork;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The part of a config that is the transport service's. */
export type TransportConfig = Pick<
  RunningConfig,
  "cluster" | "links" | "services" | "paths" | "tunnels" | "expiryGraceMs"
>;

/** A config that follows another. */
export type NextTransportConfig = TransportConfig & Pick<RunningConfig, "transport">;

/** The parts and the config that the transport service is made with. */
export interface TransportOptions {
  /** The first one. */
  readonly config: TransportConfig;
  /** The credentials of every folder that a service (`identity`) or a tunnel (`as`) names. */
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly revocations: RevocationLists;
  readonly engine: QuicEngine;
  readonly origin: PacketOrigin;
  /** This life of this vertex. */
  readonly instance: VertexInstance;
  /** Names this vertex, in all its lives, by one of its principals towards a peer's: 32 hexadecimal digits. */
  readonly vertexToken: (own: string, peer: string) => string;
  /** Is told of each stream and flow that is over; undefined: nobody wants to know. */
  readonly accessLog?: AccessLog | undefined;
  readonly log: Logger;
  readonly drivers: TransportDrivers;
  /** Makes what carries the connections that it has let in. */
  readonly openPlane: OpenTransportPlane;
  /** The services that this process has itself, by their targets and names. Default: those that a config names as `self:…`. */
  readonly ownServiceOf?: (target: ServiceTarget, service: string) => OwnService | undefined;
  readonly limits?: Partial<TransportLimits>;
}
