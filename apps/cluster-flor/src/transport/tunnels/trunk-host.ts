import type { QuicEngine } from "@florenetes/quic";
import type { ConnectionHost } from "../connections/connection-role.ts";
import type { EngineConnection } from "../connections/engine-connection.ts";
import type { RoundTrips } from "../paths/round-trips.ts";
import type { Principals } from "../peers/principals.ts";
import type { RouteSwitched } from "../routes/switch-log.ts";
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
  /** Undefined: nobody wants to hear of trunks. */
  readonly news: TrunkNews<Trunk> | undefined;
  /** Makes what the clients of a trunk come to. */
  clientsOf(owner: ClientsOwner): TrunkClients;
}

/** Hears what becomes of trunks. */
export interface TrunkNews<Trunk> {
  /** The trunk has a connection whose far end has greeted, or an attempt has failed. */
  handleTrunk(trunk: Trunk): void;
  /** The far end has answered a connection of the trunk over another route than before. */
  handleSwitched(trunk: Trunk, switched: RouteSwitched): void;
  /** A trunk to a standby host was joined, or left. */
  handleStandbys(): void;
  /** A route of a path has failed, or is good again; or nothing uses a path any more. */
  handleRoutes(): void;
}
