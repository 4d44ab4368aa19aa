import type { Counts, PressureLoads } from "@florenetes/process-kit";
import type { EndConnection } from "../../connections/end-connection.ts";
import type { EngineConnection } from "../../connections/engine-connection.ts";
import { workloadLoads } from "../../own-loads.ts";
import type { ServedService } from "../../services/serving.ts";
import type { ClientsOwner } from "../../tunnels/trunk-clients.ts";
import type { TransportPlane, TransportPlaneHost } from "../transport-plane.ts";
import { PortableServing } from "./portable-serving.ts";
import { SocketClients } from "./socket-clients.ts";

/** Carries connections in this process: they stay where their handshakes were, and the workloads are sockets of this process. */
export class PortablePlane implements TransportPlane {
  /** Whoever throws a packet away counts it. */
  readonly drops: Counts = {};
  readonly #host: TransportPlaneHost;

  constructor(host: TransportPlaneHost) {
    this.#host = host;
  }

  clientsOf(owner: ClientsOwner): SocketClients {
    return new SocketClients(this.#host, owner);
  }

  servingOf(service: ServedService): PortableServing {
    return new PortableServing(this.#host, service);
  }

  carry(connection: EngineConnection): EndConnection {
    return connection;
  }

  get bytesHeld(): number {
    return this.#host.budget.held;
  }

  loads(): PressureLoads {
    return workloadLoads(this.#host);
  }

  /** Whoever counts has the account itself, and keeps it for as long as a stream is open. */
  forgetAccounts(): void {}

  /** The limits are looked at when a stream is opened. */
  handleShare(): void {}

  /** Counts of this thread are new at any time. */
  refreshCounts(): void {}
}
