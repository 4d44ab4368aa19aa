import type { QuicEngine } from "@florenetes/quic";
import type { ConnectionHost } from "../connections/connection-role.ts";
import type { EngineConnection } from "../connections/engine-connection.ts";
import type { RoundTrips } from "../paths/round-trips.ts";
import type { Principals } from "../peers/principals.ts";
import type { TransportLog } from "../transport-log.ts";
import type { ClientsOwner, TrunkClients } from "./trunk-clients.ts";

/** The transport service, as the trunks of it that `Trunk` names need it. */
export interface TrunkHost<Trunk> extends ConnectionHost<EngineConnection> {
  readonly engine: QuicEngine;
  readonly log: TransportLog;
  /** Monotonic. */
  readonly now: () => number;
  /** 64 random bits. */
  newConnectionId(): { idHigh: number; idLow: number };
  readonly principals: Principals;
  readonly roundTrips: RoundTrips;
  addOriginated(connection: EngineConnection, trunk: Trunk): void;
  /** The trunk has a connection whose far end has greeted, or an attempt has failed. */
  handleTrunkNews(trunk: Trunk): void;
  /** Makes what the clients of a trunk come to. */
  clientsOf(owner: ClientsOwner): TrunkClients;
}
