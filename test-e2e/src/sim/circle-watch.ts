import assert from "node:assert";
import {
  connectionHighOf,
  connectionLowOf,
  cursorOf,
  HOP_LIMIT_DEFAULT,
  hopLimitOf,
  labelOf,
} from "@florenetes/forwarding";
import { nameOf } from "./sim-names.ts";

/** The first half of the ConnectionIds of packets that circle. An originator draws it once in four billion connections. */
const CONNECTION_HIGH = 0x0c12_c1e5;

/** A packet that was sent into a ring. */
interface Circling {
  /** The hop limit that the packet has when it comes out of the next link. */
  hopLimit: number;
  /** How often the packet came, by node, in-link and label to read. */
  readonly passes: Map<string, number>;
}

/**
 * Watches packets whose labels lead round a ring: each link takes one from their hop limit, and a node that has passed a packet on does not
 * pass it on again on the same way.
 */
export class CircleWatch {
  /** Packets that came again to a node that had passed them on, and packets that came with nothing left of their hop limit. */
  cameAgain = 0;
  cameToTheirLimit = 0;
  readonly #packets: Circling[] = [];

  /** Prepares a packet with that hop limit, which is about to be sent: returns its ConnectionId. */
  begin(hopLimit: number): { readonly high: number; readonly low: number } {
    this.#packets.push({ hopLimit, passes: new Map() });
    return { high: CONNECTION_HIGH, low: this.#packets.length - 1 };
  }

  isKnown(packet: Uint8Array, start: number): boolean {
    return connectionHighOf(packet, start) === CONNECTION_HIGH;
  }

  /** Takes a packet that has come in on a link of a node. False: the packet is no circling one. */
  takePacket(node: number, inLink: number, packet: Uint8Array, start: number): boolean {
    if (!this.isKnown(packet, start)) return false;
    const known = this.#packets[connectionLowOf(packet, start)];
    assert(known !== undefined, "a packet circles that nobody has sent");
    const text = `a packet that circles came to ${nameOf(node)}`;
    assert.strictEqual(
      hopLimitOf(packet, start),
      known.hopLimit,
      `${text} with another hop limit than its links leave`,
    );
    assert(known.hopLimit > 0, `${text} beyond its hop limit`);
    if (known.hopLimit === 1) this.cameToTheirLimit++;
    known.hopLimit = Math.min(known.hopLimit, HOP_LIMIT_DEFAULT) - 1;
    const pass = `${node} ${inLink} ${labelOf(packet, start, cursorOf(packet, start))}`;
    const passes = (known.passes.get(pass) ?? 0) + 1;
    known.passes.set(pass, passes);
    if (passes > 1) this.cameAgain++;
    assert(passes <= 2, `${text} ${passes} times on the same way`);
    return true;
  }
}
