import assert from "node:assert";
import type { EndConnection } from "./connections/end-connection.ts";
import { ConnectionTable } from "./packets/connection-table.ts";
import type { ServiceEnd } from "./services/service-end.ts";
import type { Trunk } from "./tunnels/trunk.ts";

/** All connections of the transport service by their ConnectionIds, each with the trunk or the service that it is of. */
export class EndConnections {
  readonly #originated = new ConnectionTable<EndConnection>();
  readonly #accepted = new ConnectionTable<EndConnection>();
  readonly #serviceOf = new Map<EndConnection, ServiceEnd>();
  readonly #trunkOf = new Map<EndConnection, Trunk>();
  /** Packets that connections which are gone have ignored. */
  #ignored = 0;

  /** How many were accepted. */
  get accepted(): number {
    return this.#accepted.size;
  }

  /** Packets for connections, of those too that are gone, that were not of their keys, or heard before. */
  get packetsIgnored(): number {
    let count = this.#ignored;
    for (const connection of this.all()) count += connection.packetsIgnored;
    return count;
  }

  addOriginated(connection: EndConnection, trunk: Trunk): void {
    assert(this.#originated.add(connection.idHigh, connection.idLow, connection), "64 random bits were taken");
    this.#trunkOf.set(connection, trunk);
  }

  addAccepted(connection: EndConnection, service: ServiceEnd): void {
    assert(this.#accepted.add(connection.idHigh, connection.idLow, connection), "the packet was no stranger's");
    this.#serviceOf.set(connection, service);
  }

  originatedOf(idHigh: number, idLow: number): EndConnection | undefined {
    return this.#originated.get(idHigh, idLow);
  }

  acceptedOf(idHigh: number, idLow: number): EndConnection | undefined {
    return this.#accepted.get(idHigh, idLow);
  }

  /** Undefined for one that was originated. */
  serviceOf(connection: EndConnection): ServiceEnd | undefined {
    return this.#serviceOf.get(connection);
  }

  /** Undefined for one that was accepted. */
  trunkOf(connection: EndConnection): Trunk | undefined {
    return this.#trunkOf.get(connection);
  }

  remove(connection: EndConnection): void {
    const table = this.#trunkOf.has(connection) ? this.#originated : this.#accepted;
    table.delete(connection.idHigh, connection.idLow);
    this.#ignored += connection.packetsIgnored;
    this.#trunkOf.delete(connection);
    this.#serviceOf.delete(connection);
  }

  *all(): Generator<EndConnection, void, void> {
    yield* this.#originated.values();
    yield* this.#accepted.values();
  }
}
