import { type CipherGCM, createCipheriv } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quiche } from "@matrixai/quic/native/index.js";
import { shortPacketAt } from "../src/guard/coalesced-packets.ts";
import { PacketReader } from "../src/guard/drivers/packet-reader.ts";
import { type CipherSuite, headerKey, nextSecret, packetKey, suitesOf } from "../src/guard/drivers/packet-keys.ts";
import { defaultConfig } from "../testing/conformance/pair.ts";
import type { QuicConfig, QuicConnection, QuicCredentials, QuicEngine } from "../src/index.ts";
import { quicheEngine } from "../src/portable/index.ts";

const here = { host: "192.0.2.1", port: 1 };
const there = { host: "192.0.2.2", port: 2 };
const idOfVictim = new Uint8Array(8).fill(9);
const [aes128] = suitesOf(new Uint8Array(32));
const ownId = new Uint8Array(8).fill(7);

type NativeConnection = ReturnType<typeof quiche.Connection.connect>;

/** A client with a valid certificate that keeps to the protocol until the handshake is complete, and then seals any frames. */
export class HostilePeer {
  readonly victim: QuicConnection;
  /** The numbers of the victim's packets that came; the peer does not answer them. */
  readonly received: number[] = [];
  readonly #native: NativeConnection;
  readonly #writer: PacketWriter;
  readonly #secretOfVictim: Buffer;
  #reader: PacketReader;
  readonly #behindFinished: Uint8Array | undefined;
  /** Hears the frames of each packet. */
  onFrames: (frames: Buffer) => void = () => {};
  now = 0;
  /** A buffer for all large datagrams, so that they leave no garbage. */
  readonly #large = Buffer.alloc(16_383);

  /** @param behindFinished frames of a packet without the fixed bit (RFC 9000, 17.3.1) in the datagram that completes the handshake */
  constructor(
    own: QuicCredentials,
    victims: QuicCredentials,
    config: Partial<QuicConfig> = {},
    behindFinished?: Uint8Array,
    engineOfVictim: QuicEngine = quicheEngine,
  ) {
    this.#behindFinished = behindFinished;
    const folder = mkdtempSync(join(tmpdir(), "florenetes-test-"));
    const keys = join(folder, "keys");
    try {
      closeSync(openSync(keys, "w"));
      this.#native = connect(own, keys);
      const settings = { ...defaultConfig, idleTimeoutMs: 0, credentials: victims, ...config };
      const first = new Uint8Array(1_452);
      const length = this.#native.send(first)![0];
      this.victim = engineOfVictim.accept(settings, idOfVictim, undefined, first.subarray(0, length), 0);
      const secret = (end: string): Buffer | undefined => {
        const line = new RegExp(`^${end}_TRAFFIC_SECRET_0 \\S+ (\\S+)$`, "m").exec(readFileSync(keys, "latin1"));
        return line === null ? undefined : Buffer.from(line[1]!, "hex");
      };
      this.#shakeHands(() => secret("CLIENT"));
      // The number is far above those that the handshake has used.
      this.#writer = new PacketWriter(secret("CLIENT")!, idOfVictim, 1_000);
      this.#secretOfVictim = secret("SERVER")!;
      this.#reader = this.#makeReader(ownId.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Sends a packet with these frames. */
  send(...frames: readonly Uint8Array[]): void {
    this.victim.handleDatagram(this.#writer.next(Buffer.concat(frames)), this.now);
  }

  /** Seals with new keys from now on (RFC 9001, 6). The victim refuses that before it has acknowledged a packet with the former keys. */
  updateKeys(): void {
    this.#writer.updateKeys();
  }

  /** Has the victim write to another ID with this many octets. Only a peer that has not updated its keys may do so. */
  changeId(length: number): void {
    this.send(newConnectionId(1, 1, length));
    this.#reader = this.#makeReader(length);
  }

  /** Sends a packet with these frames in a datagram that begins with a handshake packet of this many octets, which cannot be opened. */
  sendBehindOther(length: number, ...frames: readonly Uint8Array[]): void {
    const head = Buffer.of(0xe0, 0, 0, 0, 1, 8, ...idOfVictim, 0, 0x40 | (length >> 8), length & 0xff);
    const packet = this.#writer.next(Buffer.concat(frames));
    const datagram = this.#large.subarray(0, head.length + length + packet.length).fill(0);
    datagram.set(head);
    datagram.set(packet, head.length + length);
    this.victim.handleDatagram(datagram, this.now);
  }

  /** Takes this many packets of the victim at most; returns the victim's last event. */
  listen(packetsMax = 10_000): ReturnType<QuicConnection["pollEvent"]> {
    const out = new Uint8Array(1_452);
    for (let i = 0; i < packetsMax; i++) {
      const n = this.victim.pollTransmit(out, this.now);
      if (n === 0) break;
      const frames = this.#reader.open(out.subarray(0, n));
      if (frames === undefined) continue;
      this.received.push(this.#reader.number);
      this.onFrames(Buffer.from(frames));
    }
    let last: ReturnType<QuicConnection["pollEvent"]>;
    for (let event = this.victim.pollEvent(); event !== undefined; event = this.victim.pollEvent()) last = event;
    return last;
  }

  #makeReader(idLength: number): PacketReader {
    const reader = new PacketReader(Buffer.from(this.#secretOfVictim), idLength);
    reader.allowUpdates();
    return reader;
  }

  #shakeHands(secret: () => Buffer | undefined): void {
    const buffer = new Uint8Array(1_452);
    for (let round = 0; round < 20; round++) {
      for (let sent = this.#native.send(buffer); sent !== null; sent = this.#native.send(buffer)) {
        this.victim.handleDatagram(this.#extended(buffer.slice(0, sent[0]), secret()), 0);
      }
      for (let length = this.victim.pollTransmit(buffer, 0); length > 0; length = this.victim.pollTransmit(buffer, 0)) {
        this.#native.recv(buffer.slice(0, length), { from: there, to: here });
      }
    }
    while (this.victim.pollEvent() !== undefined);
    if (!this.victim.isEstablished) throw new Error("the victim did not accept the handshake");
  }

  /** The datagram that ends the handshake, with the packet that is to come behind it. */
  #extended(datagram: Uint8Array, secret: Buffer | undefined): Uint8Array {
    if (this.#behindFinished === undefined || secret === undefined || (datagram[0]! & 0x80) === 0) return datagram;
    return Buffer.concat([
      datagram.subarray(0, shortPacketAt(datagram)),
      new PacketWriter(secret, idOfVictim, 5).next(this.#behindFinished, 0),
    ]);
  }
}

/** Seals 1-RTT packets with AES-128-GCM or ChaCha20 (RFC 9001, 5), with packet numbers of four octets. */
export class PacketWriter {
  #secret: Buffer;
  #phase = 0;
  #key!: Buffer;
  #iv!: Buffer;
  readonly #headerKey: Buffer;
  readonly #suite: CipherSuite;
  /** The connection ID to which packets go. */
  id: Uint8Array;
  /** The number of the next packet. */
  number: number;

  constructor(secret: Buffer, destinationId: Uint8Array, number: number, suite: CipherSuite = aes128!) {
    this.#suite = suite;
    this.#secret = secret;
    this.#headerKey = headerKey(suite, secret);
    this.#setKeys();
    this.id = destinationId;
    this.number = number;
  }

  /** Updates the keys by RFC 9001, 6. */
  updateKeys(): void {
    this.#secret = nextSecret(this.#suite, this.#secret);
    this.#phase ^= 0x04;
    this.#setKeys();
  }

  #setKeys(): void {
    ({ key: this.#key, iv: this.#iv } = packetKey(this.#suite, this.#secret));
  }

  next(frames: Uint8Array, fixedBit: 0x40 | 0 = 0x40): Buffer {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(this.number++);
    // A shorter packet could not be sampled (RFC 9001, 5.4.2); zeros are padding.
    const plain = Buffer.concat([frames, Buffer.alloc(Math.max(0, 4 - frames.length))]);
    const head = Buffer.concat([Buffer.of(fixedBit | 0x03 | this.#phase), this.id, number]);
    const nonce = Buffer.from(this.#iv);
    number.forEach((octet, i) => (nonce[8 + i]! ^= octet));
    const cipher = this.#cipher(nonce).setAAD(head, { plaintextLength: plain.length });
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const mask = this.#maskOf(sealed.subarray(0, 16));
    head[0]! ^= mask[0]! & 0x1f;
    for (let i = 0; i < 4; i++) head[head.length - 4 + i]! ^= mask[1 + i]!;
    return Buffer.concat([head, sealed]);
  }

  #cipher(nonce: Uint8Array): CipherGCM {
    if (this.#suite === aes128) return createCipheriv("aes-128-gcm", this.#key, nonce);
    return createCipheriv("chacha20-poly1305", this.#key, nonce, { authTagLength: 16 });
  }

  #maskOf(sample: Uint8Array): Buffer {
    if (this.#suite === aes128) return createCipheriv("aes-128-ecb", this.#headerKey, null).update(sample);
    return createCipheriv("chacha20", this.#headerKey, sample).update(Buffer.alloc(5));
  }
}

/** A variable-length integer (RFC 9000, 16), in as many octets as it needs. */
function varint(value: number): Buffer {
  if (value < 0x40) return Buffer.of(value);
  const out = Buffer.alloc(value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8);
  if (out.length === 2) out.writeUInt16BE(0x4000 | value);
  else if (out.length === 4) out.writeUInt32BE((0x8000_0000 | value) >>> 0);
  else out.writeBigUInt64BE(0xc000_0000_0000_0000n | BigInt(value));
  return out;
}

/** A frame (RFC 9000, 19) of numbers, and of octets as they are. */
export function frame(type: number, ...fields: readonly (number | Uint8Array)[]): Buffer {
  return Buffer.concat([varint(type), ...fields.map((field) => (typeof field === "number" ? varint(field) : field))]);
}

export function streamFrame(id: number, offset: number, bytes: Uint8Array, isEnd = false): Buffer {
  return frame(0x0e | (isEnd ? 1 : 0), id, offset, bytes.length, bytes);
}

export function newConnectionId(sequence: number, retirePriorTo: number, idLength = 8): Buffer {
  const id = Buffer.alloc(idLength);
  id.writeUInt32BE(sequence);
  return frame(0x18, sequence, retirePriorTo, Buffer.concat([Buffer.of(idLength), id, Buffer.alloc(16, sequence)]));
}

function connect(own: QuicCredentials, keys: string): NativeConnection {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const config = quiche.Config.withBoringSslCtx(
    false,
    false,
    encode(own.trustBundlePem),
    [typeof own.privateKeyPem === "string" ? encode(own.privateKeyPem) : own.privateKeyPem],
    [encode(own.certificateChainPem)],
    null,
  );
  config.logKeys();
  config.setApplicationProtos([defaultConfig.applicationProtocol]);
  config.setInitialMaxData(10_000_000);
  config.setInitialMaxStreamDataBidiLocal(1_000_000);
  config.setInitialMaxStreamDataBidiRemote(1_000_000);
  config.setInitialMaxStreamsBidi(100);
  config.setActiveConnectionIdLimit(8);
  config.enableDgram(true, 10, 10);
  const native = quiche.Connection.connect(null, ownId, here, there, config);
  native.setKeylog(keys);
  return native;
}
