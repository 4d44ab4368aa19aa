import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { LocalDelivery } from "@florenetes/cluster-flor/src/forwarding/interfaces.ts";
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
} from "@florenetes/labels";
import { nameOf } from "./sim-names.ts";
import { linkOfLabel, type PlannedService, type SimPlan } from "./sim-plan.ts";

/** The way of a connection's packets, by the plan. */
interface Way {
  /** Nodes from the originator's to the service's. */
  readonly there: readonly number[];
  readonly back: readonly number[];
  readonly service: PlannedService;
}

/**
 * Watches every mesh packet where a forwarder takes it in and where it delivers it: each goes step by step along the path that the
 * originator's config names, an answer goes the same way back, both use up their hop limit, and they are delivered where they are to be.
 */
export class PacketWatch {
  readonly #plan: SimPlan;
  /** By the first 52 bits of the ConnectionId. */
  readonly #ways = new Map<number, Way>();

  constructor(plan: SimPlan) {
    this.#plan = plan;
  }

  /** A frame has come in on a link of a node. Returns how many packets are in it. */
  handleFrame(node: number, inLink: number, frame: Uint8Array): number {
    const from = this.#plan.links[node]![inLink]!.peer;
    let packets = 0;
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      packets++;
      const isAnswer = isAnswering(frame, at);
      const step = cursorOf(frame, at);
      if (step === 0) this.#learn(frame, at, from, node);
      const way = this.#wayOf(frame, at);
      const nodes = isAnswer ? way.back : way.there;
      const isRight = nodes[step] === from && nodes[step + 1] === node;
      assert(isRight, `a packet for ${nodes.map(nameOf).join("-")} came from ${nameOf(from)} to ${nameOf(node)}`);
      assert.strictEqual(hopLimitOf(frame, at), HOP_LIMIT_DEFAULT - step, `the hop limit after ${step} nodes`);
    }
    return packets;
  }

  /** Returns what hears of deliveries on a node before the transport does. */
  deliveryOf(node: number, to: LocalDelivery): LocalDelivery {
    return {
      deliverToService: (index, packet, start, end, inLink) => {
        const { service } = this.#wayOf(packet, start);
        const isRight = !isAnswering(packet, start) && this.#plan.services[node]![index] === service;
        assert(isRight, `a packet for ${service.name} was delivered to service ${index} of ${nameOf(node)}`);
        to.deliverToService(index, packet, start, end, inLink);
      },
      deliverToConnection: (packet, start, end, inLink) => {
        const originator = this.#wayOf(packet, start).there[0]!;
        const isRight = isAnswering(packet, start) && originator === node;
        assert(isRight, `a packet for ${nameOf(originator)} was delivered on ${nameOf(node)}`);
        to.deliverToConnection(packet, start, end, inLink);
      },
      handleFrameEnd: () => to.handleFrameEnd(),
    };
  }

  /** The packet is where its first link ends, and its labels are as they were written. */
  #learn(packet: Uint8Array, start: number, from: number, node: number): void {
    const labels = Array.from({ length: labelCountOf(packet, start) }, (_, index) => labelOf(packet, start, index));
    const nodes = [from, node];
    for (const label of labels.slice(0, -1)) nodes.push(this.#plan.links[nodes.at(-1)!]![linkOfLabel(label)]!.peer);
    const text = `a packet begins on ${nodes.map(nameOf).join("-")}`;
    if (isAnswering(packet, start)) {
      assert.deepStrictEqual(nodes, this.#wayOf(packet, start).back, `${text} that answers another way's`);
      return;
    }
    const tunnel = this.#plan.tunnelsOf(from).find((each) => {
      return this.#plan.links[from]![each.link]!.peer === node && isDeepStrictEqual(each.labels, labels);
    });
    assert(tunnel !== undefined && tunnel.service.node === nodes.at(-1), `${text}, which no tunnel names`);
    const { service } = tunnel;
    this.#ways.set(keyOf(packet, start), { there: nodes, back: nodes.toReversed(), service });
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
