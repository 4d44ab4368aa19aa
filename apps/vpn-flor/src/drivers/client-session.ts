import { isDeepStrictEqual } from "node:util";
import { TRAFFIC_CLASS_NAMES, type TrafficClass, type WorkloadClassName } from "@florenetes/forwarding";
import {
  StreamError,
  type WorkloadFlow,
  type WorkloadSession,
  type WorkloadStream,
} from "@florenetes/data-session/workload";
import type { ProcessTime } from "@florenetes/scheduling";
import { type Assignment, judgeAssignment } from "../client/assignment.ts";
import type { ClientPackets } from "../client/client-packets.ts";
import type { UpConfig } from "../config/vpn-config.ts";
import { ClientExchange } from "../connect-ip/client-exchange.ts";
import { REFUSED_PAUSE_MS, SHARDS } from "../flows/limits.ts";
import { PacketFlows } from "../flows/packet-flows.ts";
import { SessionEnded } from "./session-ended.ts";

/** Codes of docs/protocol/transport.md. */
const NOT_ALLOWED = 0x04;
const MALFORMED = 0x07;
const STOPPING = 0x09;
const SILENT = 0x0c;

export interface ClientSessionOptions {
  readonly config: UpConfig;
  /** The data session over which streams and flows are opened. */
  readonly session: WorkloadSession;
  readonly packets: ClientPackets;
  readonly time: ProcessTime;
  /** Gives the device its addresses. */
  readonly setAddresses: (assignment: Assignment) => Promise<void>;
  /** The session has its addresses, and so has the device. */
  readonly onUp: (session: ClientSession) => void;
  /** A byte or a datagram has come from the egress. */
  readonly onHeard: (session: ClientSession) => void;
  /** A flow has come to an egress that has no session with this client: new flows lead elsewhere. */
  readonly onElsewhere: (session: ClientSession) => void;
  /** Takes a packet of the egress, which is not judged yet. */
  readonly onPacket: (packet: Uint8Array) => void;
}

/**
 * A session with an egress, from its stream to its end: addresses come, flows are opened, and one end of either ends all.
 *
 *     open ──capsules──▶ addresses are set ──▶ up ──the stream ends, a capsule that is not in order──▶ over
 */
export class ClientSession {
  readonly exchange: ClientExchange = new ClientExchange();
  readonly flows: PacketFlows = new PacketFlows(SHARDS);
  readonly #options: ClientSessionOptions;
  readonly #stream: WorkloadStream;
  readonly #over: PromiseWithResolvers<SessionEnded> = Promise.withResolvers<SessionEnded>();
  /** Classes of which flows are being opened. */
  readonly #opening = new Set<TrafficClass>();
  /** The time from which the next flow of a class may be opened. */
  readonly #openAt = new Map<TrafficClass, number>();
  #assignment: Assignment | undefined;
  #isUp = false;
  #isOver = false;

  private constructor(options: ClientSessionOptions, stream: WorkloadStream) {
    this.#options = options;
    this.#stream = stream;
    stream.on("data", (bytes: Buffer) => this.#handleBytes(bytes));
    stream.on("end", () => this.#end(SessionEnded.of(undefined)));
    stream.on("error", (error) => this.#end(SessionEnded.of(error)));
    stream.on("close", () => this.#end(SessionEnded.of(stream.errored ?? undefined)));
    stream.write(this.exchange.ask());
  }

  /** Opens a session. Rejects with what a data session rejects with. */
  static async open(options: ClientSessionOptions): Promise<ClientSession> {
    const stream = await options.session.open(options.config.service, { class: "interactive" });
    return new ClientSession(options, stream);
  }

  /** The addresses that it has brought; undefined: none yet. */
  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  /** Resolves with the session's end. */
  get over(): Promise<SessionEnded> {
    return this.#over.promise;
  }

  /** Asks the egress for a sign of life. */
  ask(): void {
    if (!this.#isOver) this.#stream.write(this.exchange.ask());
  }

  /** Ends our half: the egress ends its own, and then the session is over. */
  leave(): void {
    this.#stream.end();
  }

  /** Ends the session now. */
  abandon(end: SessionEnded): void {
    this.#end(end, end.code === "SILENT" ? SILENT : STOPPING);
  }

  /** Opens the flows that a class lacks, unless one of it was refused a moment ago. */
  openMissing(trafficClass: TrafficClass): void {
    if (!this.#isUp || this.#isOver || this.#opening.has(trafficClass)) return;
    if (this.#options.time.now() < (this.#openAt.get(trafficClass) ?? 0)) return;
    this.#opening.add(trafficClass);
    void this.#openFlows(trafficClass).finally(() => this.#opening.delete(trafficClass));
  }

  #handleBytes(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#options.onHeard(this);
    const fault = this.exchange.handleBytes(bytes, this.#options.time.now());
    if (fault !== undefined)
      return this.#end(new SessionEnded("CAPSULES", `its capsules are not in order: ${fault}`), MALFORMED);
    this.#takeAddresses().catch((error: unknown) => this.#end(SessionEnded.of(error), MALFORMED));
  }

  /** Takes the addresses of the session: once, since each change of addresses costs the machine commands. */
  async #takeAddresses(): Promise<void> {
    const { config, setAddresses, onUp } = this.#options;
    if (this.exchange.addresses === undefined) return;
    const assignment = judgeAssignment(this.exchange.addresses, config.addresses);
    if (typeof assignment === "string")
      throw new SessionEnded("ADDRESSES", `it assigns what this machine does not take: ${assignment}`);
    if (this.#assignment !== undefined) {
      if (isDeepStrictEqual(assignment, this.#assignment)) return;
      throw new SessionEnded("ADDRESSES", "it has changed the addresses of a session");
    }
    this.#assignment = assignment;
    await setAddresses(assignment);
    if (this.#isOver) return;
    this.#isUp = true;
    onUp(this);
    for (const trafficClass of SHARDS.keys()) this.openMissing(trafficClass);
  }

  async #openFlows(trafficClass: TrafficClass): Promise<void> {
    const { config, session } = this.#options;
    const name = TRAFFIC_CLASS_NAMES[trafficClass] as WorkloadClassName;
    while (this.flows.free(trafficClass) !== undefined) {
      let flow: WorkloadFlow;
      try {
        flow = await session.openFlow(config.service, { class: name });
      } catch {
        // The data session is over, or opens nothing more: then this session ends, too.
        return this.#pause(trafficClass);
      }
      if (this.#isOver) return flow.close();
      this.#join(flow, trafficClass, this.flows.free(trafficClass)!);
    }
  }

  #join(flow: WorkloadFlow, trafficClass: TrafficClass, shard: number): void {
    const { packets, onPacket, onHeard, onElsewhere } = this.#options;
    this.flows.add(trafficClass, shard, flow);
    flow.on("datagram", (datagram) => {
      onHeard(this);
      this.flows.noteReceived(trafficClass, shard, datagram.length);
      const packet = packets.packetOf(datagram);
      if (packet !== undefined) onPacket(packet);
    });
    flow.on("close", (error) => {
      this.flows.remove(flow);
      if (error === undefined || this.#isOver) return;
      this.#pause(trafficClass);
      if (error instanceof StreamError && error.code === NOT_ALLOWED) onElsewhere(this);
    });
  }

  #pause(trafficClass: TrafficClass): void {
    this.#openAt.set(trafficClass, this.#options.time.now() + REFUSED_PAUSE_MS);
  }

  /** Ends the session once: the flows first, then the stream; in peace without a code. */
  #end(end: SessionEnded, code?: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.flows.close();
    this.#options.packets.handleOver(this.flows);
    if (code === undefined) this.#stream.end();
    else this.#stream.reset(code, end.message);
    this.#over.resolve(end);
  }
}
