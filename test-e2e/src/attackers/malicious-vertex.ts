import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type FlorioPort, FIRST_PACKET, nextPacket, openFlorioPort, packetEnd } from "@florenetes/florio";
import { nodeSealing } from "@florenetes/cluster-flor/src/trace/drivers/sealing.ts";
import { SlotMap } from "@florenetes/cluster-flor/src/config/slot-map.ts";
import { TraceAnswers } from "@florenetes/cluster-flor/src/trace/trace-answers.ts";
import {
  LabelTable,
  LabelVerdict,
  connectionHighOf,
  connectionLowOf,
  headerSize,
  cursorOf,
  isQuestion,
  LINK_NONE,
  payloadOf,
  wordsOf,
  writeHeader,
} from "@florenetes/forwarding";
import type { Lab } from "@florenetes/meshlab";
import { PortalClient } from "@florenetes/portal-api";
import type { QuicConfig, QuicConnection, QuicEvent } from "@florenetes/quic";
import { quicheEngine } from "@florenetes/quic/portable";
import { nodeTime } from "@florenetes/scheduling";
import { PATIENCE_MS } from "../patience.ts";
import { ImpostorService } from "./impostor-service.ts";

const TICK_MS = 5;
/** The number of recent packets that are kept: more than one path has under way. */
const RECORDED_MAX = 2_000;
/** The size of the payload of first packets (RFC 9000, 14.1). */
const PAYLOAD_MAX = 1_200;

/** A mesh packet that the vertex has forwarded, as it left. */
interface PassedPacket {
  readonly to: string;
  readonly bytes: Uint8Array;
}

/**
 * A cluster vertex with a valid certificate and no manners, in the place of a node's cluster-flor and behind its real
 * link-flor. It forwards by the labels as it should, so that workloads go on, and records what passes; besides, it sends its
 * neighbours whatever a test makes up. All its links have the role of the acceptor.
 */
export class MaliciousVertex implements Disposable {
  readonly recorded: PassedPacket[] = [];
  /** ConnectionIds of answers that came for this vertex, hexadecimal. */
  readonly answered = new Set<string>();
  /** Sees each packet that comes, before it is forwarded; a packet is valid during the call. */
  onPacket: ((packet: Uint8Array) => void) | undefined;
  /** Labels of its links, by the neighbour's name. */
  readonly labels: ReadonlyMap<string, number>;
  readonly #peers: readonly string[];
  readonly #table: LabelTable;
  readonly #port: FlorioPort;
  readonly #client: PortalClient;
  readonly #handles = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #attempts = new Map<string, QuicConnection>();
  readonly #services: readonly string[];
  #liar: TraceAnswers | undefined;
  readonly #impostors = new Map<string, ImpostorService>();

  private constructor(config: string, node: string) {
    const find = (pattern: RegExp): string => pattern.exec(config)![1]!;
    const links = [...config.matchAll(/role: acceptor, peer: (\w+),.* label: (\d+)/g)];
    this.#peers = links.map(([, peer]) => peer!);
    this.labels = new Map(links.map(([, peer, label]) => [peer!, Number(label)]));
    const services = [...config.matchAll(/^ {2}([\w-]+): \{ label: (\d+), identity:/gm)];
    this.#services = services.map(([, name]) => name!);
    this.#table = new LabelTable({
      links: this.#peers.map((name) => ({ name, label: this.labels.get(name)! })),
      transit: links.length > 1 ? [[0, 1]] : [],
      crossConnects: [],
      lspEnds: [],
      services: services.map(([, name, label]) => ({ name: name!, label: Number(label) })),
    });
    this.#client = new PortalClient({
      cluster: find(/^cluster: (.*)$/m),
      vertex: node,
      instance: { startedAt: Date.now(), id: randomBytes(8).toString("hex") },
    });
    this.#port = openFlorioPort({
      bind: find(/bind: (\S+),/),
      connect: find(/connect: (\S+) }/),
      handlers: {
        onData: (handle, frame) => this.#handleFrame(handle, frame),
        onControl: (message) => this.#client.handleMessage(message, performance.now()),
        onConnected: () => this.#client.handleConnected(performance.now()),
        onDisconnected: () => this.#client.handleDisconnected(performance.now()),
        onWritable: () => undefined,
      },
    });
    for (const peer of this.#peers) {
      this.#client.openLink({ peer, tag: "0", role: "acceptor", endpoint: "" }, performance.now());
    }
    this.#timer = setInterval(() => this.#turn(), TICK_MS);
  }

  /** Takes the place of a node's cluster-flor, and resolves when its links are up. */
  static async replace(lab: Lab, node: string): Promise<MaliciousVertex> {
    const isRunning = lab.pids().some((each) => each.node === node && each.process === "cluster-flor");
    if (isRunning) await lab.kill(node, "cluster-flor");
    const vertex = new MaliciousVertex(readFileSync(lab.configFile(node, "cluster-flor"), "utf8"), node);
    const deadline = performance.now() + PATIENCE_MS;
    while (vertex.#handles.size < vertex.#peers.length) {
      if (performance.now() > deadline) throw new Error("the links did not come up");
      await sleep(TICK_MS);
    }
    return vertex;
  }

  /** Puts bytes on the link to a neighbour, whether they are a mesh packet or not. */
  send(peer: string, packet: Uint8Array): void {
    this.sendTo(this.#handles.get(peer)!, packet);
  }

  /** Sends a packet under any handle. */
  sendTo(handle: number, packet: Uint8Array): void {
    this.#port.sendPacket(handle, packet, 0, packet.length);
    this.#port.flush();
  }

  /** Tries to make an end-to-end connection over a neighbour, with any credentials. Resolves with the event that ended it. */
  async connect(peer: string, labels: readonly number[], credentials: QuicConfig["credentials"]): Promise<QuicEvent> {
    const id = randomBytes(8);
    const quic = originate(credentials);
    this.#attempts.set(id.toString("hex"), quic);
    const out = new Uint8Array(PAYLOAD_MAX);
    for (;;) {
      const now = performance.now();
      if (quic.nextTimeout(now) <= now) quic.handleTimeout(now);
      for (let size = quic.pollTransmit(out, now); size > 0; size = quic.pollTransmit(out, now)) {
        this.send(peer, meshPacket(labels, out.subarray(0, size), { id }));
      }
      for (let event = quic.pollEvent(); event !== undefined; event = quic.pollEvent()) {
        if (event.kind === "closed") return event;
      }
      await sleep(TICK_MS);
    }
  }

  /** Answers connections from a neighbour in the place of one of the node's services, with any credentials. */
  impersonate(service: string, peer: string, credentials: QuicConfig["credentials"]): ImpostorService {
    const impostor = new ImpostorService(credentials, (packet) => this.send(peer, packet));
    this.#impostors.set(service, impostor);
    return impostor;
  }

  /** Answers questions of traces under another vertex's name, signed with the key of its own vertex: its link-flor has no other. */
  answerAs(vertex: string): void {
    this.#liar = new TraceAnswers({
      vertex,
      config: () => ({
        links: new SlotMap(this.#peers.map((peer, at) => [at, { portal: 0, peer, label: this.labels.get(peer)! }])),
        services: new SlotMap(),
      }),
      table: () => this.#table,
      links: {
        isUp: () => true,
        mtu: () => 1_400,
        preferredMtu: () => 1_400,
        sinceMs: () => 1_000,
        reasonOf: () => ({ code: "", text: "" }),
      },
      origin: {
        sendFromHere: (link, packet, start, end) => {
          this.send(this.#peers[link]!, packet.subarray(start, end));
          return true;
        },
        flush: () => {},
      },
      time: nodeTime,
      sealing: nodeSealing(randomBytes),
      signer: {
        sign: (_, content, onSigned) => this.#client.sign(content, onSigned, performance.now()),
        signingChain: () => this.#client.signer.chain,
      },
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#port.close();
  }

  #turn(): void {
    const now = performance.now();
    for (const impostor of this.#impostors.values()) impostor.turn(now);
    if (this.#client.nextTimeout() <= now) this.#client.handleTimeout(now);
    for (let message = this.#client.pollTransmit(); message !== undefined; message = this.#client.pollTransmit()) {
      this.#port.sendControl(message);
    }
    for (let event = this.#client.pollEvent(); event !== undefined; event = this.#client.pollEvent()) {
      if (event.kind === "detached") this.#handles.clear();
      if (event.kind !== "link") continue;
      if (event.status.state === "up") this.#handles.set(event.status.peer, event.status.handle);
      else this.#handles.delete(event.status.peer);
    }
  }

  #handleFrame(handle: number, frame: Uint8Array): void {
    const inLink = this.#peers.findIndex((peer) => this.#handles.get(peer) === handle);
    if (inLink < 0) return;
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      const end = packetEnd(frame, at);
      this.onPacket?.(frame.subarray(at, end));
      const verdict = this.#table.process(frame, at, end, inLink);
      if (verdict === LabelVerdict.drop && isQuestion(frame, at, end)) this.#lie(frame.slice(at, end), inLink);
      if (verdict === LabelVerdict.forward) this.#forward(this.#peers[this.#table.outLink]!, frame, at, end);
      else if (verdict === LabelVerdict.deliverToConnection) this.#answer(frame.subarray(at, end));
      else if (verdict === LabelVerdict.deliverToService) {
        this.#impostors.get(this.#services[this.#table.service]!)?.handlePacket(frame.slice(at, end));
      }
    }
    this.#port.flush();
  }

  #lie(packet: Uint8Array, inLink: number): void {
    const at = cursorOf(packet, 0);
    const { dropCause: cause } = this.#table;
    this.#liar?.handleQuestion({ packet, inLink, outLink: LINK_NONE, cause, at, isGuessing: false });
  }

  #forward(to: string, frame: Uint8Array, start: number, end: number): void {
    this.recorded.push({ to, bytes: frame.slice(start, end) });
    if (this.recorded.length > RECORDED_MAX) this.recorded.shift();
    const handle = this.#handles.get(to);
    if (handle !== undefined) this.#port.sendPacket(handle, frame, start, end);
  }

  #answer(packet: Uint8Array): void {
    const halves = [connectionHighOf(packet, 0), connectionLowOf(packet, 0)];
    const id = halves.map((half) => half.toString(16).padStart(8, "0")).join("");
    this.answered.add(id);
    const payload = Uint8Array.from(packet.subarray(payloadOf(packet, 0)));
    this.#attempts.get(id)?.handleDatagram(payload, performance.now());
  }
}

function originate(credentials: QuicConfig["credentials"]): QuicConnection {
  const config: QuicConfig = {
    credentials,
    applicationProtocol: "florenetes-transport/1",
    idleTimeoutMs: 5_000,
    receivePayloadMax: PAYLOAD_MAX,
    sendPayloadMax: PAYLOAD_MAX,
    streams: { connectionWindow: 65_536, streamWindow: 65_536, streamWindowMax: 65_536, bidirectionalMax: 0 },
    congestionControl: "bbr",
  };
  return quicheEngine.connect(config, new Uint8Array(0), performance.now());
}

/** The first packet of an end-to-end connection that does not go on. */
export function firstPacket(credentials: QuicConfig["credentials"]): Uint8Array {
  const out = new Uint8Array(PAYLOAD_MAX);
  return out.subarray(0, originate(credentials).pollTransmit(out, performance.now()));
}

/** A mesh packet as its origin sends it; `hopLimit` and `id` as wanted. */
export function meshPacket(
  labels: readonly number[],
  payload: Uint8Array,
  { id = randomBytes(8), hopLimit }: { readonly id?: Uint8Array; readonly hopLimit?: number } = {},
): Uint8Array {
  const packet = new Uint8Array(headerSize(labels.length) + payload.length);
  const halves = new DataView(id.buffer, id.byteOffset, 8);
  packet.set(payload, writeHeader(packet, 0, halves.getUint32(0), halves.getUint32(4), wordsOf(labels)));
  if (hopLimit !== undefined) packet[1] = hopLimit;
  return packet;
}

/** Random bytes that look like a packet of an established QUIC connection without connection IDs. */
export function shortPacket(size: number): Uint8Array {
  return Uint8Array.from([0x40 | (randomBytes(1)[0]! & 0x3f), ...randomBytes(size - 1)]);
}

/** A copy of the packet with one bit of its last byte turned, which is in no header. */
export function changed(packet: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(packet);
  copy[copy.length - 1]! ^= 1;
  return copy;
}
