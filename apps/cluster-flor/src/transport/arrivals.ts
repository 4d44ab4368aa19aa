import { connectionHighOf, connectionLowOf, payloadOf, returnWords } from "@florenetes/forwarding";
import type { LocalDelivery } from "../forwarding/interfaces.ts";
import type { EndConnection } from "./connections/end-connection.ts";
import type { EndConnections } from "./end-connections.ts";
import type { TransportDrops } from "./packets/transport-drops.ts";
import type { PathSizes } from "./paths/path-sizes.ts";
import type { ProbeAnswers } from "./paths/probe-answers.ts";
import { isBesideQuic } from "./paths/probe-message.ts";
import type { ServiceSet } from "./service-set.ts";
import type { StrangerDoor } from "./services/stranger-door.ts";

export interface ArrivalsOptions {
  readonly connections: EndConnections;
  readonly services: ServiceSet;
  readonly paths: PathSizes;
  readonly door: StrangerDoor;
  readonly probeAnswers: ProbeAnswers;
  readonly drops: TransportDrops;
  /** Monotonic. */
  readonly now: () => number;
}

/** Packets that end at this vertex: for present connections, for probes of paths, and for the stranger door. */
export class Arrivals implements Omit<LocalDelivery, "handleFrameEnd"> {
  readonly #options: ArrivalsOptions;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  deliverToService(index: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    const { connections, services, door, probeAnswers, drops } = this.#options;
    const idHigh = connectionHighOf(packet, start);
    const idLow = connectionLowOf(packet, start);
    const service = services.of(index);
    // The service was removed while the packet was on its way here.
    if (service === undefined) return void drops.unknownConnection++;
    const payload = packet.subarray(payloadOf(packet, start), end);
    const now = this.#options.now();
    const isProbe = isBesideQuic(payload);
    const connection = isProbe ? undefined : connections.acceptedOf(idHigh, idLow);
    if (connection !== undefined) this.#countLate(connection);
    if (connection === undefined) {
      if (!door.isOpen(packet, start, inLink)) return;
      if (isProbe) return probeAnswers.handlePacket(packet, start, end, inLink, now);
      const way = { outLink: inLink, words: returnWords(packet, start) };
      door.handlePacket({ service, idHigh, idLow, way, payload }, now);
    } else if (connections.serviceOf(connection) !== service) {
      drops.wrongService++;
    } else {
      connection.handlePacket(packet, start, end, inLink, now);
    }
  }

  deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void {
    const { connections, paths, drops } = this.#options;
    const now = this.#options.now();
    if (isBesideQuic(packet.subarray(payloadOf(packet, start), end))) {
      if (!paths.handlePacket(packet, start, end, now)) drops.unexpectedAnswer++;
      return;
    }
    const connection = connections.originatedOf(connectionHighOf(packet, start), connectionLowOf(packet, start));
    if (connection === undefined) {
      drops.unknownConnection++;
      return;
    }
    this.#countLate(connection);
    connection.handlePacket(packet, start, end, inLink, now);
  }

  /** Counts packets for an ended connection; at most they cause a repeated CONNECTION_CLOSE. */
  #countLate(connection: EndConnection): void {
    if (connection.state === "closing") this.#options.drops.connectionOver++;
  }
}
