import { randomInt } from "node:crypto";
import type { Server, Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { setImmediate } from "node:timers/promises";
import {
  openSession,
  type WorkloadFlow,
  type WorkloadSession,
  type WorkloadStream,
} from "@florenetes/data-session/workload";
import type { TunDevice } from "@florenetes/native";
import { listenForVertex, type Logger } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { EgressConfig } from "../config/vpn-config.ts";
import { AddressPool } from "../egress/address-pool.ts";
import type { EgressClient } from "../egress/egress-client.ts";
import { EgressClients } from "../egress/egress-clients.ts";
import { EgressPackets } from "../egress/egress-packets.ts";
import { LOOK_MS } from "../egress/limits.ts";
import { PacketJudge } from "../egress/packet-judge.ts";
import { parseAddress } from "../packets/addresses.ts";
import { type IpNetwork, rangesOf } from "../packets/networks.ts";
import type { PacketClasses } from "../packets/traffic-classes.ts";
import { DeviceWriter } from "./device-writer.ts";
import { cutterOf, forEachPiece, lostDevice, openSegments, openTun } from "./tun.ts";
import type { EgressMachine } from "./egress-machine.ts";
import { SUPERSEDED } from "./session-ended.ts";
import { WorldProbe } from "./world-probe.ts";

/** 32 bits. */
const SEEDS = 2 ** 32;
/** Streams and flows of all clients over one data session: thirteen of each client. */
const STREAMS_MAX = 16_384;
/** Codes of docs/protocol/transport.md. */
const TARGET_DOWN = 0x02;
const NOT_ALLOWED = 0x04;
const UNKNOWN_SERVICE = 0x05;
const MALFORMED = 0x07;
const OVER_BUDGET = 0x08;
const STOPPING = 0x09;

export interface VpnEgressOptions {
  readonly config: EgressConfig;
  readonly machine: EgressMachine;
  readonly classes: PacketClasses;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** Counts of sessions with clients. */
export interface ClientCounts {
  /** Sessions that have their addresses. */
  up: number;
  /** Sessions whose principal got another address than the one that is its own by right, as another client had that one. */
  moved: number;
  /** Sessions that were not let in, by the reason. */
  readonly refused: Map<string, number>;
  /** Sessions that have ended, by the reason. */
  readonly ended: Map<string, number>;
}

/** A client with the stream of its session. */
interface Session {
  readonly client: EgressClient;
  readonly stream: WorkloadStream;
}

/** An egress: the service `vpn-egress.<pool>`, whose cluster vertex brings streams and flows of clients, and a device that leads to the networks behind it. */
export class VpnEgress {
  readonly clients: EgressClients;
  readonly packets: EgressPackets;
  readonly counts: ClientCounts = { up: 0, moved: 0, refused: new Map(), ended: new Map() };
  /** The error that took the device away: the process ends by it, and its supervisor starts it anew. */
  readonly lost: PromiseWithResolvers<Error> = Promise.withResolvers<Error>();
  readonly #options: VpnEgressOptions;
  readonly #judge: PacketJudge;
  readonly #sessions = new Map<string, Session>();
  /** Data sessions with the cluster vertex. */
  readonly #vertices = new Set<WorkloadSession>();
  readonly #lookTimer: WakeUpTimer;
  /** Asks whether the world is there; undefined: nobody is asked. */
  readonly probe: WorldProbe | undefined;
  readonly #segments = openSegments();
  #device: TunDevice | undefined;
  #writer: DeviceWriter<EgressClient> | undefined;
  #server: Server | undefined;
  /** Whether clients are to be taken, and whether the socket is being opened. */
  #isOpen = false;
  #isOpening = false;

  constructor(options: VpnEgressOptions) {
    const { config, time } = options;
    this.#options = options;
    const pool = new AddressPool(config.pool, config.addresses);
    const routes = rangesOf(config.networks).map(({ first, last }) => ({ first, last, protocol: 0 }));
    this.clients = new EgressClients({ pool, routes, max: config.clients });
    this.#judge = new PacketJudge({
      offered: config.networks,
      denied: [...config.deny, ...config.addresses],
      bitsPerSecond: config.bitsPerSecond,
    });
    this.packets = new EgressPackets(
      this.clients,
      this.#judge,
      options.classes,
      cutterOf(this.#segments),
      pool.own,
      randomInt(SEEDS),
    );
    this.#lookTimer = time.wakeUps.timer(() => this.#lookAtMachine());
    const targets = config.probe;
    if (targets.length > 0)
      this.probe = new WorldProbe({ targets, time, onChange: (isThere) => this.#handleWorld(isThere) });
  }

  /**
   * Makes the device and what leads to it, and takes clients from then on, or from the first answer of the world.
   *
   * @throws OperatorError `ERR_VPN_…`, `ERR_SOCKET_…`; a socket that cannot be opened later resolves `lost`
   */
  async start(): Promise<void> {
    const { config, machine } = this.#options;
    this.#device = openTun(
      config.device,
      this.#segments,
      (count) => this.#handlePieces(count),
      (errno) => this.lost.resolve(lostDevice(config.device, errno)),
    );
    this.#writer = new DeviceWriter<EgressClient>({
      device: this.#device,
      segments: this.#segments,
      judge: (client, packet, count) => this.packets.receive(client, packet, this.#options.time.now(), count),
      onRefused: (count) => this.packets.drop("device", count),
    });
    await machine.begin();
    this.#lookAtMachine();
    if (this.probe !== undefined) return this.probe.start();
    this.#isOpen = true;
    await this.#listen();
  }

  /** Ends sessions and device, and takes back what was changed on the machine. */
  async stop(): Promise<void> {
    await this.close();
    await this.#options.machine.clear();
  }

  /** Ends sessions and device. */
  async close(): Promise<void> {
    this.probe?.close();
    this.#lookTimer.close();
    await this.#shut("STOPPING", STOPPING, "the egress is being stopped");
    this.#device?.close();
  }

  // ── The door ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #handleWorld(isThere: boolean): void {
    const { log } = this.#options;
    if (this.probe!.watch.losses === 0 && !isThere) {
      log.warn({ code: "VPN_WORLD_ABSENT" }, "no address of `probe` has answered: no client is taken before one does");
      return;
    }
    if (isThere) {
      log.info({ code: "VPN_WORLD_BACK" }, "the world behind the egress answers: clients are taken");
      this.#isOpen = true;
      this.#listen().catch((error: unknown) => this.lost.resolve(error as Error));
      return;
    }
    log.warn(
      { code: "VPN_WORLD_SILENT", clients: this.clients.size },
      "no address of `probe` answers any more: the egress leaves its pool until one does",
    );
    void this.#shut("WORLD", TARGET_DOWN, "the world behind the egress is silent");
  }

  /** Listens for the cluster vertex, unless clients are not to be taken any more when the socket is open. */
  async #listen(): Promise<void> {
    if (this.#isOpening || this.#server !== undefined) return;
    this.#isOpening = true;
    try {
      const server = await listenForVertex(this.#options.config.listen, (socket) => this.#takeVertex(socket));
      if (this.#isOpen) this.#server = server;
      else server.close();
    } finally {
      this.#isOpening = false;
    }
  }

  /** Closes the socket, so that the cluster vertex finds nobody there, and ends all sessions. */
  async #shut(reason: string, code: number, text: string): Promise<void> {
    this.#isOpen = false;
    this.#server?.close();
    this.#server = undefined;
    for (const session of this.#sessions.values()) this.#end(session, reason, code, text);
    const vertices = [...this.#vertices];
    for (const vertex of vertices) vertex.goAway(code, text);
    // The end of a data session takes the place of resets that have not left, and clients would not hear why their session has ended.
    await setImmediate();
    await Promise.all(vertices.map((vertex) => vertex.close(code, text)));
  }

  #takeVertex(socket: Socket): void {
    const onStream = (stream: WorkloadStream): void => this.#takeStream(stream);
    const onFlow = (flow: WorkloadFlow): void => this.#takeFlow(flow);
    const limits = { streams: STREAMS_MAX };
    openSession(socket, { name: "vpn-flor", limits, onStream, onFlow }).then(
      (vertex) => {
        this.#vertices.add(vertex);
        vertex.on("close", () => this.#vertices.delete(vertex));
        // The door was shut while this one came in.
        if (!this.#isOpen) void vertex.close(TARGET_DOWN);
      },
      () => socket.destroy(),
    );
  }

  // ── Clients ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #takeStream(stream: WorkloadStream): void {
    const { config } = this.#options;
    const { caller, service } = stream;
    // A stream that is refused, or has ended by a failure, tells so by an error, too.
    stream.on("error", () => {});
    if (service !== config.service) return this.#refuse(stream, "SERVICE", UNKNOWN_SERVICE, "another service is here");
    if (caller === "") return this.#refuse(stream, "NOT_ALLOWED", NOT_ALLOWED, "nobody has proven who calls");
    const former = this.#sessions.get(caller);
    if (former !== undefined) {
      this.#end(former, "SUPERSEDED", SUPERSEDED, "another session of this principal has taken its place");
    }
    const client = this.clients.join(caller);
    if (client === "clients") return this.#refuse(stream, "CLIENTS", OVER_BUDGET, "the egress has no place left");
    if (client === "addresses") return this.#refuse(stream, "ADDRESSES", OVER_BUDGET, "the pool has no address left");
    const session = { client, stream };
    this.#sessions.set(caller, session);
    this.counts.up++;
    stream.on("data", (bytes: Buffer) => this.#handleBytes(session, bytes));
    stream.on("end", () => this.#end(session, "DONE"));
    stream.on("close", () => this.#end(session, "LOST"));
    stream.write(client.exchange.begin());
    if (client.addresses.isMoved) this.counts.moved++;
  }

  #handleBytes(session: Session, bytes: Buffer): void {
    const { client, stream } = session;
    const answer = client.exchange.handleBytes(bytes, this.#options.time.now(), stream.writableLength);
    if (typeof answer === "string") this.#end(session, "CAPSULES", MALFORMED, `a capsule is not in order: ${answer}`);
    else if (answer.length > 0) stream.write(answer);
  }

  #takeFlow(flow: WorkloadFlow): void {
    const { time } = this.#options;
    const session = this.#sessions.get(flow.caller);
    if (session === undefined || flow.service !== this.#options.config.service)
      return flow.reset(NOT_ALLOWED, "a session comes first");
    const { client } = session;
    const { trafficClass } = flow;
    const shard = client.flows.free(trafficClass);
    if (shard === undefined) return flow.reset(OVER_BUDGET, "the session has all flows of this class");
    flow.answer();
    client.flows.add(trafficClass, shard, flow);
    flow.on("datagram", (datagram) => {
      client.flows.noteReceived(trafficClass, shard, datagram.length);
      const packet = this.packets.packetOf(client, datagram, time.now());
      if (packet !== undefined) this.#writer!.add(client, packet);
    });
    flow.on("close", () => client.flows.remove(flow));
  }

  #refuse(stream: WorkloadStream, reason: string, code: number, text: string): void {
    count(this.counts.refused, reason);
    stream.reset(code, text);
  }

  /** Ends a session once: its flows first, then its stream, in peace without a code. */
  #end(session: Session, reason: string, code?: number, text?: string): void {
    const { client, stream } = session;
    if (this.#sessions.get(client.principal) !== session) return;
    this.#sessions.delete(client.principal);
    this.clients.leave(client);
    count(this.counts.ended, reason);
    client.flows.close();
    if (code === undefined) stream.end();
    else stream.reset(code, text);
  }

  // ── The device ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #handlePieces(count: number): void {
    const now = this.#options.time.now();
    forEachPiece(this.#device!, count, (piece) => this.packets.send(piece, now));
  }

  /** Looks the machine's own addresses up, which no client may reach, as they change, and reads what the kernel has refused. */
  #lookAtMachine(): void {
    const { machine, time } = this.#options;
    this.#judge.setOwn(ownAddresses());
    void machine.refusedConnections().then((connections) => {
      if (connections !== undefined) this.packets.noteRefused(connections);
    });
    this.#lookTimer.set(time.now() + LOOK_MS);
  }
}

function ownAddresses(): IpNetwork[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.flatMap(({ address }): IpNetwork[] => {
    const bytes = parseAddress(address.split("%")[0]!);
    if (bytes === undefined) return [];
    return [{ version: bytes.length === 4 ? 4 : 6, bytes, prefix: bytes.length * 8 }];
  });
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
