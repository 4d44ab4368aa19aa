import assert from "node:assert";
import type { PacketOrigin } from "../forwarding/interfaces.ts";
import { Code } from "./codes.ts";
import type { EndConnection } from "./connections/end-connection.ts";
import { ConnectionTable } from "./packets/connection-table.ts";
import type { ServiceEnd } from "./services/service-end.ts";
import type { Trunk } from "./tunnels/trunk.ts";

/**
 * The work that keeps a draining transport from ending, in descending order: open streams; packets that are not
 * acknowledged, the last of which may be lost; bytes that workloads have not taken yet.
 */
export type Unfinished = "streams" | "acknowledgements" | "bytes" | "nothing";

/** All connections of the transport service by their ConnectionIds, each with its trunk or service. */
export class EndConnections {
  readonly #originated = new ConnectionTable<EndConnection>();
  readonly #accepted = new ConnectionTable<EndConnection>();
  readonly #serviceOf = new Map<EndConnection, ServiceEnd>();
  readonly #trunkOf = new Map<EndConnection, Trunk>();
  /** Ignored packets of connections that are gone. */
  #ignored = 0;

  /** The number of accepted connections. */
  get accepted(): number {
    return this.#accepted.size;
  }

  /** Packets of all connections, present and past, that could not be decrypted or were duplicates. */
  get packetsIgnored(): number {
    let count = this.#ignored;
    for (const connection of this.all()) count += connection.packetsIgnored;
    return count;
  }

  /** Connections whose link is down cannot make progress, and are not waited for. */
  unfinished(origin: Pick<PacketOrigin, "isUp">, now: number): Exclude<Unfinished, "bytes"> {
    let unfinished: Exclude<Unfinished, "bytes"> = "nothing";
    for (const connection of this.all()) {
      if (!origin.isUp(connection.way.outLink)) continue;
      if (connection.hasStreams) return "streams";
      if (connection.isInFlight(now)) unfinished = "acknowledgements";
    }
    return unfinished;
  }

  /** Ends all connections, and tells the peers. Returns those whose peers lose something by it, and can be told. */
  closeAll(origin: Pick<PacketOrigin, "isUp">, now: number): EndConnection[] {
    const all = [...this.all()];
    const missed = all.filter(({ streamsOpen, way }) => streamsOpen > 0 && origin.isUp(way.outLink));
    for (const connection of all) connection.close(Code.stopping, "", now);
    return missed;
  }

  addOriginated(connection: EndConnection, trunk: Trunk): void {
    assert(this.#originated.add(connection.idHigh, connection.idLow, connection), "64 random bits were taken");
    this.#trunkOf.set(connection, trunk);
  }

  addAccepted(connection: EndConnection, service: ServiceEnd): void {
    assert(this.#accepted.add(connection.idHigh, connection.idLow, connection), "the packet was no stranger's");
    this.#serviceOf.set(connection, service);
  }

  /** The connection on which a trunk opens streams now. */
  openOf(trunk: Trunk): EndConnection | undefined {
    for (const connection of this.#originated.values()) {
      const isOpen = connection.state === "open" && !connection.isDraining;
      if (isOpen && this.#trunkOf.get(connection) === trunk) return connection;
    }
    return undefined;
  }

  originatedOf(idHigh: number, idLow: number): EndConnection | undefined {
    return this.#originated.get(idHigh, idLow);
  }

  acceptedOf(idHigh: number, idLow: number): EndConnection | undefined {
    return this.#accepted.get(idHigh, idLow);
  }

  /** Undefined for an originated connection. */
  serviceOf(connection: EndConnection): ServiceEnd | undefined {
    return this.#serviceOf.get(connection);
  }

  /** Undefined for an accepted connection. */
  trunkOf(connection: EndConnection): Trunk | undefined {
    return this.#trunkOf.get(connection);
  }

  /** Replaces the object of a connection, if it is another one now. */
  replace(from: EndConnection, to: EndConnection): void {
    const trunk = this.#trunkOf.get(from);
    const service = this.#serviceOf.get(from);
    const table = trunk === undefined ? this.#accepted : this.#originated;
    table.delete(from.idHigh, from.idLow);
    table.add(to.idHigh, to.idLow, to);
    this.#trunkOf.delete(from);
    this.#serviceOf.delete(from);
    if (trunk !== undefined) this.#trunkOf.set(to, trunk);
    if (service !== undefined) this.#serviceOf.set(to, service);
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
