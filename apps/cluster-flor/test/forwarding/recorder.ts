/** A forwarder among three links, and what it does. */
import type { LinkConfig, ServiceConfig } from "../../src/config/cluster-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import type { ForwardingConfig } from "../../src/forwarding/forwarding-config.ts";
import { DataFrameWriter, FIRST_PACKET, nextPacket, packetEnd } from "@florenetes/florio";
import { wordsOf, writeHeader } from "@florenetes/forwarding";

import { Forwarder } from "../../src/forwarding/forwarder.ts";
import type { LinkOutput, LocalDelivery, QuestionTaker, StoppedQuestion } from "../../src/forwarding/interfaces.ts";

export const IN_LINK = 0;
/** Adjacency labels of the links 0, 1 and 2. */
export const [TO_A, TO_B, TO_C] = [101, 102, 103];
export const WEB = 900;

export function linkOf(name: string, label: number): LinkConfig {
  return { name, portal: 0, role: "acceptor", peer: name, tag: "0", endpoint: undefined, label };
}

export function serviceOf(name: string, label: number): ServiceConfig {
  return { name, label, identity: "", target: { kind: "unix", path: "" }, tellsPrincipal: false, allow: [] };
}

export const config: ForwardingConfig = {
  links: SlotMap.of([linkOf("a", TO_A), linkOf("b", TO_B), linkOf("c", TO_C)]),
  transit: [
    [0, 1],
    [2, 0],
  ],
  transitLimit: { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 },
  crossConnects: [{ from: { link: 0, label: 500 }, to: { link: 1, label: 501 } }],
  lspEnds: [{ link: 0, label: 600 }],
  services: SlotMap.of([serviceOf("web", WEB), serviceOf("ssh", 901)]),
};

/** Records what a forwarder does, in the order in which it does it. */
export class Recorder implements LinkOutput, LocalDelivery, QuestionTaker {
  readonly actions: string[] = [];
  readonly frames: Uint8Array[] = [];
  readonly packets: { readonly to: string; readonly packet: string }[] = [];
  readonly turn: (() => void)[] = [];
  readonly down = new Set<number>();
  readonly full = new Set<number>();
  /** The links' sizes: carried, and preferred. */
  readonly mtus = new Map<number, readonly [number, number]>();
  now = 0;
  /** Links over which labels were guessed. */
  readonly guessing: number[] = [];
  /** For each packet that was delivered to a service: whether it comes from where labels were guessed. */
  readonly blind: boolean[] = [];
  readonly questions: StoppedQuestion[] = [];
  readonly forwarder: Forwarder;

  constructor(forwardingConfig: ForwardingConfig = config) {
    this.forwarder = new Forwarder({
      config: forwardingConfig,
      output: this,
      delivery: this,
      questions: this,
      afterTurn: (action) => void this.turn.push(action),
      now: () => this.now,
      seed: 7,
      onGuessing: (link) => void this.guessing.push(link),
    });
  }

  isUp(link: number): boolean {
    return !this.down.has(link);
  }

  isWritable(link: number): boolean {
    return this.isUp(link) && !this.full.has(link);
  }

  mtu(link: number): number {
    return this.isUp(link) ? (this.mtus.get(link)?.[0] ?? 65_000) : 0;
  }

  quietSeconds(): number {
    return 0;
  }

  preferredMtu(link: number): number {
    return this.isUp(link) ? (this.mtus.get(link)?.[1] ?? 65_000) : 0;
  }

  sendPacket(link: number, packet: Uint8Array, start: number, end: number): boolean {
    return this.#record(this.isWritable(link), `packet to ${link}`, `link ${link}`, packet, start, end);
  }

  sendFrame(link: number, frame: Uint8Array, packets: number): boolean {
    this.actions.push(`frame of ${packets} to ${link}`);
    this.frames.push(frame);
    if (!this.isWritable(link)) return false;
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      this.packets.push({ to: `link ${link}`, packet: hexOf(frame, at, packetEnd(frame, at)) });
    }
    return true;
  }

  deliverToService(service: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.blind.push(this.forwarder.isGuessing(packet, start, inLink));
    this.#record(true, `service ${service} from ${inLink}`, `service ${service}`, packet, start, end);
    // A decryption in place may write here.
    packet.fill(0, start, end);
  }

  deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#record(true, `connection from ${inLink}`, "connection", packet, start, end);
    packet.fill(0, start, end);
  }

  handleQuestion(question: StoppedQuestion): void {
    this.questions.push(question);
  }

  flush(): void {}

  handleFrameEnd(): void {
    this.actions.push("frame end");
  }

  endTurn(): void {
    for (const action of this.turn.splice(0)) action();
  }

  drops(): Record<string, number> {
    const { drops } = this.forwarder.snapshot();
    return Object.fromEntries(Object.entries(drops).filter(([, count]) => count > 0));
  }

  #record(isTaken: boolean, action: string, to: string, packet: Uint8Array, start: number, end: number): boolean {
    this.actions.push(action);
    if (isTaken) this.packets.push({ to, packet: hexOf(packet, start, end) });
    return isTaken;
  }
}

export function hexOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString("hex");
}

export function packetOf(labels: readonly number[], payload = 7): Uint8Array {
  const packet = new Uint8Array(12 + 4 * labels.length + payload).fill(payload);
  writeHeader(packet, 0, 1, 2, wordsOf(labels));
  return packet;
}

export function frameOf(packets: readonly Uint8Array[]): Uint8Array {
  const writer = new DataFrameWriter();
  writer.reset(1);
  for (const packet of packets) writer.append(packet, 0, packet.length);
  return writer.bytes().slice();
}
