import type { DatagramQueues } from "./datagram-queues.ts";
import { DATAGRAM_FRAME_HEAD, type Frame, type FrameWriter } from "./frames.ts";
import type { Handshake } from "./handshake.ts";
import { HANDSHAKE_PAYLOAD } from "./limits.ts";
import { NUMBER_LENGTH, TAG_LENGTH } from "./packet.ts";
import type { PacketSpace } from "./packet-space.ts";
import { forgotten, repeated, type SentFrame } from "./recovery.ts";
import type { Streams } from "./streams.ts";

/** RFC 9000, 20.1: what an application says is for nobody else (10.2.3). */
const APPLICATION_ERROR = 0x0c;

const nothing = new Uint8Array(0);

export interface TransmitterOptions {
  readonly packets: PacketSpace;
  readonly handshake: Handshake;
  readonly streams: Streams;
  readonly datagrams: DatagramQueues;
  /** Our own limit of packets, in bytes. */
  readonly sendPayloadMax: number;
}

export type CloseFrame = Extract<Frame, { kind: "close" }>;

/** Decides what goes into the next packet. */
export class Transmitter {
  isDoneDue = false;
  isPingDue = false;
  readonly #options: TransmitterOptions;
  /** True: streams are written before datagrams in the next packet. Both take turns. */
  #areStreamsFirst = true;

  constructor(options: TransmitterOptions) {
    this.#options = options;
  }

  /** Largest datagram once the handshake is complete. */
  get datagramSizeMax(): number {
    const { packets, handshake } = this.#options;
    if (handshake.peer?.takesDatagrams !== true) return 0;
    return this.#payloadMax - 1 - packets.peerIdLength - NUMBER_LENGTH - TAG_LENGTH - DATAGRAM_FRAME_HEAD;
  }

  /** Writes a packet of the handshake; returns its length, or 0. `isEstablished`: nothing but an answer is waited for. */
  pollLong(out: Uint8Array, isEstablished: boolean, now: number): number {
    const { packets, handshake } = this.#options;
    const { recovery, acknowledgements, longType, isServer } = packets;
    const isProbe = recovery.isProbeDue && !isEstablished;
    const hasContent = recovery.hasRoom && (handshake.hasWork || isProbe);
    if (!hasContent && !acknowledgements.isDue(now)) return 0;
    return packets.write(longType, out.subarray(0, HANDSHAKE_PAYLOAD), now, (writer, sent) => {
      const frame = hasContent ? handshake.write(writer) : undefined;
      if (frame !== undefined) sent.push(frame);
      else if (hasContent && writer.write({ kind: "ping" })) sent.push(forgotten);
      // RFC 9000, 14.1: the path has to carry packets of this size.
      if (longType === "initial" && (!isServer || sent.length > 0)) writer.pad();
    });
  }

  /** Writes a packet for when the handshake is complete; returns its length, or 0. */
  pollShort(out: Uint8Array, now: number): number {
    const { packets, streams, datagrams } = this.#options;
    const { recovery, acknowledgements } = packets;
    const { hasRoom, isProbeDue } = recovery;
    const hasContent = this.isDoneDue || this.isPingDue || streams.hasWork || datagrams.sendLength > 0;
    if (!(hasRoom && (hasContent || isProbeDue)) && !acknowledgements.isDue(now)) return 0;
    return packets.write("short", out.subarray(0, this.#payloadMax), now, (writer, sent) => {
      if (hasRoom) this.#fill(writer, sent, isProbeDue);
    });
  }

  /** Writes the packet that ends the connection; returns its length, or 0 when it has to wait for room. */
  pollClose(close: CloseFrame, out: Uint8Array, isEstablished: boolean, now: number): number {
    const { packets } = this.#options;
    if (!packets.recovery.hasRoom) return 0;
    const type = isEstablished ? "short" : packets.longType;
    const isPublic = !isEstablished && close.isApplication;
    const frame = isPublic ? { ...close, isApplication: false, code: APPLICATION_ERROR, reason: nothing } : close;
    return packets.write(type, out.subarray(0, HANDSHAKE_PAYLOAD), now, (writer) => {
      writer.write(frame);
      if (type === "initial" && !packets.isServer) writer.pad();
    });
  }

  #fill(writer: FrameWriter, sent: SentFrame[], isProbe: boolean): void {
    const { streams, datagrams } = this.#options;
    if (this.isDoneDue && writer.write({ kind: "handshake-done" })) {
      this.isDoneDue = false;
      sent.push(repeated(() => void (this.isDoneDue = true)));
    }
    const areBothWaiting = streams.hasWork && datagrams.sendLength > 0;
    if (this.#areStreamsFirst) streams.write(writer, sent);
    if (datagrams.write(writer, this.datagramSizeMax)) sent.push(forgotten);
    if (!this.#areStreamsFirst) streams.write(writer, sent);
    if (areBothWaiting) this.#areStreamsFirst = !this.#areStreamsFirst;
    if (!this.isPingDue && !(isProbe && sent.length === 0)) return;
    // Any packet that asks for an answer is as good as a ping.
    if (sent.length === 0 && writer.write({ kind: "ping" })) sent.push(forgotten);
    this.isPingDue &&= sent.length === 0;
  }

  get #payloadMax(): number {
    const { sendPayloadMax, handshake } = this.#options;
    return Math.min(sendPayloadMax, handshake.peer!.receivePayloadMax);
  }
}
