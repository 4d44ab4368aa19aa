import type { ServiceConfig } from "../../config/cluster-config.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import type { EngineConnection } from "../connections/engine-connection.ts";
import type { FlowAccount } from "../datagrams/flow-account.ts";
import type { OwnService } from "../own/own-service.ts";
import type { OpeningConnection, OpeningStreams } from "../streams/opening-streams.ts";
import type { ServiceGrant } from "./service-grant.ts";
import type { StreamAccount } from "../streams/stream-account.ts";

/** Serves the streams and flows of one service, on connections that the service has let in: passes them to the target. */
export interface Serving {
  /**
   * Makes the handler of a new connection's streams. Undefined: no stream is read here before the connection is handed
   * over, and the new owner handles them.
   */
  acceptStreams(connection: EngineConnection, streams: OpeningConnection): OpeningStreams | undefined;
  /** The service has another config or target, or refuses new streams. */
  handleChange(): void;
  /** The service's grant is over: no byte of its streams passes from now on, in either direction. Their connections are ended by the caller. */
  handleGrantEnd(): void;
  /** The service, which has stopped, is removed. */
  close(): void;
}

/** The service, as its serving sees it. */
export interface ServedService {
  /** The service's number in the config, by which another thread knows it. */
  readonly number: number;
  readonly config: ServiceConfig;
  /** The target, when this process is the target. */
  readonly own: OwnService | undefined;
  readonly account: StreamAccount;
  /** Undefined for a service of streams. */
  readonly flowAccount: FlowAccount | undefined;
  /** Whether the service refuses new streams. Flows end at once then, as nothing else ends them. */
  readonly isStopped: boolean;
  /** Whether the service may be served now; new streams are refused otherwise. */
  readonly grant: Pick<ServiceGrant, "until" | "isInForce">;
  /** The bytes that the target gets before those of a stream of this peer; may be empty. */
  prefixFor(peer: string | undefined): Uint8Array;
  /**
   * The originator has opened one more stream, `streams` in all. `share` is the connection's share of streams, as it
   * was at its beginning.
   */
  handleOpened(connection: EngineConnection, streams: number, share: number): void;
  /** So many streams of the peer have failed by the peer's own fault. */
  handleFailedStreams(connection: EndConnection, streams: number): void;
}
