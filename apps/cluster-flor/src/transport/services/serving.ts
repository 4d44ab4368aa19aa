import type { ServiceConfig } from "../../config/cluster-config.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import type { EngineConnection } from "../connections/engine-connection.ts";
import type { FlowAccount } from "../datagrams/flow-account.ts";
import type { OwnService } from "../own/own-service.ts";
import type { OpeningConnection, OpeningStreams } from "../streams/opening-streams.ts";
import type { StreamAccount } from "../streams/stream-account.ts";

/** Serves the streams and flows that come for one service, on connections that the service has let in: its target gets them. */
export interface Serving {
  /**
   * Makes what opens the streams of a connection that begins. Undefined: no stream of it is read before the connection is handed over, and
   * whoever has it then opens them.
   */
  acceptStreams(connection: EngineConnection, streams: OpeningConnection): OpeningStreams | undefined;
  /** The service has another config or another target, or takes no more streams. */
  handleChange(): void;
  /** The service, which has stopped, is not there any more. */
  close(): void;
}

/** The service, as its serving needs it. */
export interface ServedService {
  /** Its place in the config, by which another thread knows it. */
  readonly number: number;
  readonly config: ServiceConfig;
  /** The target, where it is this process. */
  readonly own: OwnService | undefined;
  readonly account: StreamAccount;
  /** Undefined for a service of streams. */
  readonly flowAccount: FlowAccount | undefined;
  /** The service takes no more streams; flows end at once, as nobody else ends them. */
  readonly isStopped: boolean;
  /** The bytes that its target gets before all others of a stream of this peer; empty where it gets none. */
  prefixFor(peer: string | undefined): Uint8Array;
  /** The originator has opened one more stream: so many. The share is that of when the connection began. */
  handleOpened(connection: EngineConnection, streams: number, share: number): void;
  /** So many streams of the peer have failed by its own doing. */
  handleFailedStreams(connection: EndConnection, streams: number): void;
}
