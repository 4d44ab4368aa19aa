import { headerSize, LINK_NONE, wordsOf, writeHeader } from "@florenetes/forwarding";
import type { CircleWatch } from "./circle-watch.ts";
import { circleLabels } from "./planned-ring.ts";
import type { SimNode } from "./sim-node.ts";
import type { SimPlan } from "./sim-plan.ts";
import type { SimWorld } from "./sim-world.ts";

/** Packets that are sent at once, and the milliseconds between two bursts: a quarter of what a slow link carries, were each to cross it once. */
const BURST = 5;
const INTERVAL_MS = 20;
const PAYLOAD_SIZE = 150;
/** The hop limits that senders write: some end before a ring is gone round, one is above the permitted most. */
const hopLimits = [2, 3, 8, 32, 255];

/** A sender of packets into a ring of the mesh, whose labels lead round it. */
export class CirclingPackets {
  readonly #world: SimWorld;
  readonly #plan: SimPlan;
  readonly #nodes: readonly SimNode[];
  readonly #watch: CircleWatch;
  #isSending = false;

  constructor(world: SimWorld, plan: SimPlan, nodes: readonly SimNode[], watch: CircleWatch) {
    this.#world = world;
    this.#plan = plan;
    this.#nodes = nodes;
    this.#watch = watch;
  }

  start(): void {
    this.#isSending = this.#plan.rings.length > 0;
    this.#keepSending();
  }

  stop(): void {
    this.#isSending = false;
  }

  #keepSending(): void {
    if (!this.#isSending) return;
    for (let sent = 0; sent < BURST; sent++) this.#send();
    this.#world.scheduler.after(INTERVAL_MS, () => this.#keepSending());
  }

  /** Sends a packet that begins on any node of the ring: a vertex may write anything into its packets. */
  #send(): void {
    const { random } = this.#world;
    const ring = random.pick(this.#plan.rings);
    const at = random.below(ring.nodes.length);
    const words = wordsOf(circleLabels(ring, at, random.chance(0.5)));
    const hopLimit = random.pick(hopLimits);
    const { high, low } = this.#watch.begin(hopLimit);
    const payload = random.bytes(PAYLOAD_SIZE);
    const packet = new Uint8Array(headerSize(words.length) + payload.length);
    writeHeader(packet, 0, high, low, words);
    packet[1] = hopLimit;
    packet.set(payload, headerSize(words.length));
    const links = this.#nodes[ring.nodes[at]!]!.cluster.vertex!.connection.links;
    links.sendPacket(ring.onward[at]!, packet, 0, packet.length, LINK_NONE);
    links.flush();
  }
}
