import type { Counts, PressureLoads } from "@florenetes/process-kit";
import type { EndConnection } from "../../connections/end-connection.ts";
import type { EngineConnection } from "../../connections/engine-connection.ts";
import { workloadLoads } from "../../own-loads.ts";
import type { ServedService } from "../../services/serving.ts";
import type { ClientsOwner } from "../../tunnels/trunk-clients.ts";
import type { TransportPlane, TransportPlaneHost } from "../transport-plane.ts";
import { PortableServing } from "./portable-serving.ts";
import { SocketClients } from "./socket-clients.ts";

/**
 * Carries connections in this process: they stay with the transport service after their handshakes, and workloads are
 * sockets of this process.
 */
export class PortablePlane implements TransportPlane {
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

  /** Nothing to do: streams hold their accounts themselves, for as long as they are open. */
  forgetAccounts(): void {}

  /** Counts of this thread are new at any time, and whoever throws a packet away counts it. */
  refreshCounts(): Counts {
    return {};
  }
}
