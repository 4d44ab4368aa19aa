import type { NativeEndEvent, NativeEndFigures } from "@florenetes/data-plane";
import type { TrafficClass } from "@florenetes/forwarding";
import { type ConnectionEnd, isJudgement, type Refusal } from "../../codes.ts";
import { endOf } from "../../connections/connection-end.ts";
import type { ConnectionState } from "../../connections/connection-role.ts";
import type { ConnectionTraffic, EndConnection } from "../../connections/end-connection.ts";
import type { Hello } from "../../messages.ts";
import type { Way } from "../../packets/packet-sender.ts";
import type { Proof } from "../../peers/principals.ts";
import { type NodePressure, pressureOf } from "../../vertex-messages.ts";
import type { TransportLane } from "./transport-lane.ts";

/** The trunk or the service of a connection, as far as it decides about a connection that the data thread carries. */
interface LaneRole {
  handleRenewal(connection: EndConnection, now: number): void;
  handlePressure(connection: EndConnection, now: number): void;
  handleSizeDoubt(connection: EndConnection, isByEnd: boolean, now: number): void;
  /** The far end of an originator's connection owes an answer and says nothing at all. Told once until `handleAnswered`. */
  handleSilent(connection: EndConnection, now: number): void;
  /** The packets of an originator's connection have had no answer for so long. Told once until `handleAnswered`, or until `relabel`. */
  handleUnanswered(connection: EndConnection, unansweredMs: number, now: number): void;
  /** The first acknowledgement after `handleSilent` or `handleUnanswered`, or after `relabel` has moved the connection to another way. */
  handleAnswered(connection: EndConnection, now: number): void;
  /** So many streams of the peer have failed by the peer's own fault. */
  handleFailedStreams(connection: EndConnection, streams: number): void;
  handleClosed(connection: EndConnection, end: ConnectionEnd, now: number): void;
}

export interface LaneConnectionOptions {
  readonly lane: TransportLane;
  /** The number of the connection in the thread. */
  readonly number: number;
  /** The number of the service that the connection was accepted for. */
  readonly service: number | undefined;
  readonly role: LaneRole;
}

const noFigures: Omit<NativeEndFigures, "connection" | "outLink" | "words" | "payloadMax"> = {
  rttMs: 0,
  silentMs: 0,
  unansweredMs: 0,
  bytesSent: 0,
  bytesReceived: 0,
  packetsSent: 0,
  packetsLost: 0,
  packetsReceived: 0,
  newestPacket: -1,
  streamsOpen: 0,
  streamsOpening: 0,
  isInFlight: false,
  packetsIgnored: 0,
};

/** This vertex's end of an end-to-end connection that the data thread carries: its packets and streams do not pass through here. */
export class LaneConnection implements EndConnection {
  readonly number: number;
  readonly idHigh: number;
  readonly idLow: number;
  readonly startedAt: number;
  readonly trafficClass: TrafficClass;
  readonly quietMs: number;
  readonly own: Proof;
  readonly peerProof: Proof | undefined;
  readonly peerHello: Hello | undefined;
  peerPressure: NodePressure | undefined;
  readonly #options: LaneConnectionOptions;
  readonly #lane: TransportLane;
  #state: ConnectionState = "open";
  #isDraining: boolean;
  #figures: NativeEndFigures;

  constructor(from: EndConnection, options: LaneConnectionOptions) {
    const { way, payloadMax } = from;
    this.number = options.number;
    this.idHigh = from.idHigh;
    this.idLow = from.idLow;
    this.startedAt = from.startedAt;
    this.trafficClass = from.trafficClass;
    this.quietMs = from.quietMs;
    this.own = from.own;
    this.peerProof = from.peerProof;
    this.peerHello = from.peerHello;
    this.#options = options;
    this.#lane = options.lane;
    this.#isDraining = from.isDraining;
    this.#figures = { ...noFigures, connection: options.number, outLink: way.outLink, words: way.words, payloadMax };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get peer(): string | undefined {
    return this.peerProof?.principal;
  }

  get way(): Way {
    return this.#read();
  }

  get payloadMax(): number {
    return this.#read().payloadMax;
  }

  get streamsOpen(): number {
    return this.#read().streamsOpen;
  }

  get hasStreams(): boolean {
    const { streamsOpen, streamsOpening } = this.#read();
    return streamsOpen + streamsOpening > 0;
  }

  /** The thread goes on counting ignored packets of connections that it has forgotten. */
  get packetsIgnored(): number {
    return this.#state === "gone" ? 0 : this.#read().packetsIgnored;
  }

  stats(): ConnectionTraffic {
    return { ...this.#read(), quietMs: this.quietMs };
  }

  isInFlight(): boolean {
    return this.#state === "open" && this.#read().isInFlight;
  }

  /** The packet was passed up before the thread had the connection. */
  handlePacket(packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#lane.deliverPacket(inLink, this.#options.service, packet.subarray(start, end));
  }

  /** The thread itself sees that a link is up. */
  handleLinkUp(): void {}

  relabel(way: Way): void {
    if (this.#state === "open") this.#lane.setWay(this.number, way);
  }

  shrink(payloadMax: number): void {
    if (this.#state === "open") this.#lane.shrink(this.number, payloadMax);
  }

  drain(): void {
    this.#isDraining = true;
    if (this.#state === "open") this.#lane.drain(this.number);
  }

  tell(message: Uint8Array): void {
    if (this.#state === "open") this.#lane.sendControl(this.number, message);
  }

  close(code: number, reason: string, now: number, cause: ConnectionEnd["cause"] = "local"): void {
    this.closeFor({ code, reason }, now, cause);
  }

  closeFor(
    { code, reason, text = reason, isUrgent = isJudgement(code) }: Refusal,
    now: number,
    cause: ConnectionEnd["cause"] = "local",
  ): void {
    if (this.#state !== "open") return;
    if (cause === "reset") this.#lane.abandon(this.number, code, reason);
    else this.#lane.close(this.number, code, reason, isUrgent);
    this.#end({ code, cause, text }, now);
  }

  repeatClose(): void {
    if (this.#state === "closing") this.#lane.repeatClose(this.number);
  }

  /** An event of the connection in the thread. */
  handleEvent(event: NativeEndEvent, now: number): void {
    const { role } = this.#options;
    if (event.kind === "left") this.#state = "gone";
    // The end of a connection may also fail its streams.
    if (event.kind === "failed") return role.handleFailedStreams(this, event.streams);
    if (this.#state !== "open") return;
    if (event.kind === "pressure") {
      this.peerPressure = pressureOf(event.level, event.score, event.reasons);
      role.handlePressure(this, now);
    } else if (event.kind === "renewal") role.handleRenewal(this, now);
    else if (event.kind === "sizeDoubt") role.handleSizeDoubt(this, event.isByEnd, now);
    else if (event.kind === "unanswered") role.handleUnanswered(this, event.ms, now);
    else if (event.kind === "silent") role.handleSilent(this, now);
    else if (event.kind === "answered") role.handleAnswered(this, now);
    else if (event.kind === "closed") this.#end(endOf(event, true), now);
  }

  #end(end: ConnectionEnd, now: number): void {
    this.#read();
    this.#state = "closing";
    this.#options.role.handleClosed(this, end, now);
  }

  /** The thread's figures of the connection, or the last ones when the thread has forgotten it. */
  #read(): NativeEndFigures {
    return (this.#figures = this.#lane.figures().connections.get(this.number) ?? this.#figures);
  }
}
