import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { FIRST_PACKET, nextPacket } from "@florenetes/florio";
import {
  connectionHighOf,
  connectionLowOf,
  cursorOf,
  HOP_LIMIT_DEFAULT,
  hopLimitOf,
  LABEL_CONNECTION,
  labelCountOf,
  labelOf,
} from "@florenetes/forwarding";
import { CircleWatch } from "./circle-watch.ts";
import { nameOf } from "./sim-names.ts";
import { pathBackOf, pathOf, type PlannedPath } from "./planned-path.ts";
import type { PlannedService, SimPlan } from "./sim-plan.ts";

/** The way of a connection's packets, by the plan. */
interface Way {
  /** From the originator's node to the service's. */
  readonly there: PlannedPath;
  readonly back: PlannedPath;
  readonly service: PlannedService;
}

/**
 * Watches every mesh packet where a forwarder takes it in and where it delivers it: each goes step by step along the path of the
 * originator's config, an answer goes the same way back, both use up their hop limit, and both arrive at their true destination.
 */
export class PacketWatch {
  /** Knows the packets that no workload sends. */
  readonly circles = new CircleWatch();
  readonly #plan: SimPlan;
  /** The ways of connections, by the first 52 bits of the ConnectionId. */
  readonly #ways = new Map<number, Way>();

  constructor(plan: SimPlan) {
    this.#plan = plan;
  }

  /** Takes a frame that has come in on a link of a node. Returns the number of its packets. */
  handleFrame(node: number, inLink: number, frame: Uint8Array): number {
    let packets = 0;
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      packets++;
      this.handlePacket(node, inLink, frame, at);
    }
    return packets;
  }

  /** Takes a packet that has come in on a link of a node. */
  handlePacket(node: number, inLink: number, packet: Uint8Array, start: number): void {
    if (!this.circles.takePacket(node, inLink, packet, start)) this.#checkStep(node, inLink, packet, start);
  }

  /** Checks a packet that a node delivers to its service of this index. */
  checkForService(node: number, index: number, packet: Uint8Array, start: number): void {
    const { service } = this.#wayOf(packet, start);
    const isRight = !isAnswering(packet, start) && this.#plan.services[node]![index] === service;
    assert(isRight, `a packet for ${service.name} was delivered to service ${index} of ${nameOf(node)}`);
  }

  /** Checks a packet that a node delivers to one of its connections. */
  checkForConnection(node: number, packet: Uint8Array, start: number): void {
    if (this.circles.isKnown(packet, start)) return;
    const originator = this.#wayOf(packet, start).there.nodes[0]!;
    const isRight = isAnswering(packet, start) && originator === node;
    assert(isRight, `a packet for ${nameOf(originator)} was delivered on ${nameOf(node)}`);
  }

  /** Checks one step of a packet. Each step takes one off the hop limit, which therefore tells the number of steps. */
  #checkStep(node: number, inLink: number, packet: Uint8Array, start: number): void {
    const from = this.#plan.links[node]![inLink]!.peer;
    const step = HOP_LIMIT_DEFAULT - hopLimitOf(packet, start);
    const isAnswer = isAnswering(packet, start);
    if (step === 0) this.#learn(packet, start, from, node, isAnswer);
    const way = this.#wayOf(packet, start);
    const { nodes, cursors } = isAnswer ? way.back : way.there;
    const isRight = nodes[step] === from && nodes[step + 1] === node;
    const text = `a packet for ${nodes.map(nameOf).join("-")} came from ${nameOf(from)} to ${nameOf(node)}`;
    assert(isRight, `${text} by ${step} nodes, as its hop limit tells`);
    assert.strictEqual(cursorOf(packet, start), cursors[step], `${text} with its cursor elsewhere`);
  }

  /** Learns the way of a new connection from a packet at the end of its first link, where its labels are as they were written. */
  #learn(packet: Uint8Array, start: number, from: number, node: number, isAnswer: boolean): void {
    const labels = Array.from({ length: labelCountOf(packet, start) }, (_, index) => labelOf(packet, start, index));
    const text = `a packet begins on ${nameOf(from)}-${nameOf(node)} with the labels ${labels.join()}`;
    if (isAnswer) {
      const { back } = this.#wayOf(packet, start);
      const isRight = back.nodes[0] === from && isDeepStrictEqual(back.labels, labels);
      assert(isRight, `${text} and answers another way's`);
      return;
    }
    const tunnel = this.#plan.tunnelsOf(from).find((each) => {
      return each.way.nodes[1] === node && isDeepStrictEqual(each.labels, labels);
    });
    assert(tunnel !== undefined, `${text}, which no tunnel names`);
    const { service, way } = tunnel;
    this.#ways.set(keyOf(packet, start), { there: pathOf(way, service.label), back: pathBackOf(way), service });
  }

  #wayOf(packet: Uint8Array, start: number): Way {
    const way = this.#ways.get(keyOf(packet, start));
    assert(way !== undefined, "a packet has a ConnectionId that no originator has sent");
    return way;
  }
}

function keyOf(packet: Uint8Array, start: number): number {
  return connectionHighOf(packet, start) * 2 ** 20 + (connectionLowOf(packet, start) >>> 12);
}

function isAnswering(packet: Uint8Array, start: number): boolean {
  return labelOf(packet, start, labelCountOf(packet, start) - 1) === LABEL_CONNECTION;
}
