import { DataFrameWriter } from "@florenetes/florio";
import { Random } from "@florenetes/simkit";
import type { TransportWorld } from "../worlds/world.ts";

/** A vertex at one end of a link. */
export interface LinkEnd {
  /** Takes a frame that came over the link; the frame is given away. */
  handleFrame(link: number, frame: Uint8Array): void;
  /** Hears that the state or the size of the link has changed. */
  handleLink(link: number): void;
}

/** A link in memory. Packets leave together at the end of a turn, as they do in FlorIO frames. */
export class TestLink {
  lossProbability = 0;
  delayMs = 0;
  packets = 0;
  /** Sees each packet when it arrives, and may change it; false throws it away. */
  tap: ((packet: Uint8Array, toB: boolean) => boolean) | undefined;
  readonly #world: TransportWorld;
  readonly #ends: readonly (readonly [LinkEnd, number])[];
  readonly #queues: Uint8Array[][] = [[], []];
  readonly #random = new Random(7);
  #isCut = false;
  #mtu = 16_384;
  #preferredMtu = 16_384;
  #isWritable = true;

  /** @param ends The vertex at each end, and the number that the link has there. */
  constructor(world: TransportWorld, ends: readonly (readonly [LinkEnd, number])[]) {
    this.#world = world;
    this.#ends = ends;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  set isCut(isCut: boolean) {
    this.#isCut = isCut;
    this.#tell();
  }

  get mtu(): number {
    return this.#mtu;
  }

  set mtu(mtu: number) {
    this.#mtu = mtu;
    this.#tell();
  }

  get preferredMtu(): number {
    return this.#preferredMtu;
  }

  set preferredMtu(mtu: number) {
    this.#preferredMtu = mtu;
    this.#tell();
  }

  get isWritable(): boolean {
    return this.#isWritable;
  }

  set isWritable(isWritable: boolean) {
    this.#isWritable = isWritable;
    this.#tell();
  }

  send(from: LinkEnd, packet: Uint8Array): void {
    const direction = this.#ends[0]![0] === from ? 0 : 1;
    this.packets++;
    if (this.isCut || this.#random.chance(this.lossProbability)) return;
    const queue = this.#queues[direction]!;
    if (queue.push(packet.slice()) > 1) return;
    this.#world.after(this.delayMs, () => this.#deliver(direction));
  }

  /** Hands in a packet, which seems to come over the link from the end that is not `to`. */
  inject(to: LinkEnd, packet: Uint8Array): void {
    const [end, link] = this.#ends.find(([end]) => end === to)!;
    deliver(end, link, [packet]);
  }

  #tell(): void {
    for (const [end, link] of this.#ends) end.handleLink(link);
  }

  #deliver(direction: number): void {
    const [end, link] = this.#ends[1 - direction]!;
    const packets = this.#queues[direction]!.splice(0);
    const { tap } = this;
    deliver(end, link, tap === undefined ? packets : packets.filter((packet) => tap(packet, direction === 0)));
  }
}

function deliver(end: LinkEnd, link: number, packets: readonly Uint8Array[]): void {
  const frame = new DataFrameWriter();
  frame.reset(link + 1);
  for (const packet of packets) {
    if (!frame.fits(packet.length)) {
      end.handleFrame(link, frame.bytes().slice());
      frame.reset(link + 1);
    }
    frame.append(packet, 0, packet.length);
  }
  if (frame.packets > 0) end.handleFrame(link, frame.bytes().slice());
}
