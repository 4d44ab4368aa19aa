import assert from "node:assert";
import type { ServiceTarget } from "@florenetes/config-file";
import { type QuicConnection, StreamResult } from "@florenetes/quic";
import { Code } from "../codes.ts";
import type { TransportLimits } from "../limits.ts";
import type { Dialled, LocalNetwork, LocalSocket } from "./local-network.ts";
import { MessageReader, OpenKind, type OpenRequest, ReadState, decodeOpen, encodeAnswer } from "../messages.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { OwnSocket } from "./own-socket.ts";
import type { OwnCaller, OwnService } from "../own/own-service.ts";
import type { StreamAccount } from "./stream-account.ts";
import type { RelayHost } from "./relay-host.ts";
import { StreamRelay } from "./stream-relay.ts";

export interface OpeningConnection extends RelayHost<StreamRelay> {
  readonly peer: string | undefined;
  addRelay(relay: StreamRelay): void;
}

/** The service of the streams, as it is at present. */
interface StreamService {
  readonly config: { readonly target: ServiceTarget };
  /** The target, when this process is the target. */
  readonly own: OwnService | undefined;
  /** Whether the service refuses new streams. */
  readonly isStopped: boolean;
  readonly grant: { readonly isInForce: boolean };
  /** The bytes that the target gets before those of the stream. */
  prefixFor(peer: string | undefined): Uint8Array;
}

/** The service of a connection's streams. */
export interface OpenedService {
  readonly service: StreamService;
  readonly account: StreamAccount;
  /** The peer, after its hello. */
  caller(): OwnCaller;
  now(): number;
  /** Begins the flow of a stream; `dialled` gets the socket that stands for it. Returns a function that cancels this. */
  openFlow(stream: number, dialled: Dialled): () => void;
  /** The originator has opened one more stream. */
  handleOpened(streams: number): void;
  /** The originator has reset a stream that had no relay yet, or a stream was refused by the originator's fault. */
  handleFailed(): void;
}

interface OpeningHost {
  readonly limits: Pick<TransportLimits, "openMs" | "dialMs" | "memoryPerStream">;
  readonly budget: MemoryBudget;
  readonly local: LocalNetwork;
  readonly soon: (call: () => void) => void;
  /** The resource that one more stream would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
}

interface OpeningStream {
  readonly reader: MessageReader;
  /** Cancels the dialling; undefined before it begins. */
  cancel: (() => void) | undefined;
}

const answer = encodeAnswer({ tellsTaken: false });
const tellingAnswer = encodeAnswer({ tellsTaken: true });
const nothing = new Uint8Array(0);

/**
 * The streams of one accepted connection that have no relay yet. The memory budget is charged for each from its first packet on.
 *
 *     first packet ──▶ OPEN comes ──judged──▶ the target is dialled ──▶ a relay
 *                          └── 5 s, refused, reset ──▶ over ◀─┘ no target
 */
export class OpeningStreams {
  readonly #host: OpeningHost;
  readonly #connection: OpeningConnection;
  readonly #quic: QuicConnection;
  readonly #service: OpenedService;
  readonly #streams = new Map<number, OpeningStream>();
  /**
   * When to give up each stream whose OPEN is incomplete; the first entry is due first. `#dialUntil` has the same for
   * streams whose own service has not answered.
   */
  readonly #overdueAt = new Map<number, number>();
  readonly #dialUntil = new Map<number, number>();
  #seen = 0;

  constructor(host: OpeningHost, connection: OpeningConnection, service: OpenedService) {
    this.#host = host;
    this.#connection = connection;
    this.#quic = connection.quic;
    this.#service = service;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Whether the stream only waits for its target. */
  isDialling(stream: number): boolean {
    return this.#streams.get(stream)?.cancel !== undefined;
  }

  handleReadable(stream: number, now: number): void {
    const opening = this.#streams.get(stream) ?? this.#add(stream);
    if (opening === undefined) return;
    if (opening.cancel === undefined) this.#readOpen(stream, opening, now);
    else this.#checkReset(stream);
  }

  /** The originator has stopped reading the stream. */
  handleStopped(stream: number): void {
    if (this.#streams.has(stream)) this.#giveUp(stream);
  }

  handleTimeout(now: number): void {
    for (const [stream, at] of this.#overdueAt) {
      if (at > now) break;
      this.#refuseOwn(stream, Code.openTimeout);
    }
    for (const [stream, at] of this.#dialUntil) {
      if (at > now) return;
      this.#streams.get(stream)?.cancel?.();
      this.#refuse(stream, Code.targetTimeout, "no answer");
    }
  }

  nextTimeout(): number {
    return Math.min(firstOf(this.#overdueAt), firstOf(this.#dialUntil));
  }

  /** The connection has ended, with this code, and `isByPeer` by the originator's doing. */
  clear(code: number, text: string, isByPeer: boolean): void {
    for (const [stream, { cancel }] of this.#streams) {
      this.#remove(stream);
      if (isByPeer) this.#service.handleFailed();
      if (cancel === undefined) continue;
      cancel();
      this.#service.account.handleRefused(code, text, this.#connection.peer);
    }
  }

  #add(stream: number): OpeningStream | undefined {
    const opening: OpeningStream = { reader: new MessageReader(), cancel: undefined };
    this.#streams.set(stream, opening);
    this.#host.budget.change(this.#host.limits.memoryPerStream);
    this.#service.handleOpened(++this.#seen);
    return this.#streams.get(stream);
  }

  #remove(stream: number): void {
    if (!this.#streams.delete(stream)) return;
    this.#overdueAt.delete(stream);
    this.#dialUntil.delete(stream);
    this.#host.budget.change(-this.#host.limits.memoryPerStream);
  }

  #readOpen(stream: number, opening: OpeningStream, now: number): void {
    const { reader } = opening;
    while (reader.state === ReadState.partial) {
      const received = this.#quic.streamReceive(stream, reader.room);
      if (received === StreamResult.blocked) return this.#wait(stream, now);
      if (received < 0) return this.#giveUp(stream);
      if (this.#quic.streamEnded) return this.#refuseOwn(stream, Code.malformed);
      reader.advance(received);
    }
    this.#overdueAt.delete(stream);
    const request = readRequest(reader);
    if (typeof request === "number") return this.#refuseOwn(stream, request);
    const isFlow = request.kind === OpenKind.datagrams;
    if (!this.#takes(isFlow)) return this.#refuseOwn(stream, Code.wrongKind);
    if (this.#service.service.isStopped) return this.#refuse(stream, Code.stopping, "");
    if (!this.#service.service.grant.isInForce) return this.#refuse(stream, Code.notGranted, "");
    const { shortage } = this.#host;
    if (shortage !== undefined) return this.#refuse(stream, Code.overBudget, shortage);
    this.#dial(stream, request, opening, now);
  }

  /** When memory is short, a stream without OPEN is refused. */
  #wait(stream: number, now: number): void {
    const { shortage, limits } = this.#host;
    if (shortage !== undefined) return this.#refuse(stream, Code.overBudget, shortage);
    if (!this.#overdueAt.has(stream)) this.#overdueAt.set(stream, now + limits.openMs);
  }

  #takes(isFlow: boolean): boolean {
    const { own, config } = this.#service.service;
    if (own !== undefined) return !isFlow || own.dialFlow !== undefined;
    return isFlow === (config.target.kind === "udp");
  }

  #dial(stream: number, { kind, asksTaken: asks }: OpenRequest, opening: OpeningStream, now: number): void {
    const isFlow = kind === OpenKind.datagrams;
    const asksTaken = asks && !isFlow;
    const { own, config } = this.#service.service;
    const { target } = config;
    const { local, limits } = this.#host;
    if (own !== undefined) this.#dialUntil.set(stream, now + limits.dialMs);
    const dialled: Dialled = {
      handleConnected: (socket) => {
        this.#remove(stream);
        this.#relay(stream, socket, asksTaken);
      },
      handleFailed: (code, text) => this.#refuse(stream, code, text),
    };
    if (isFlow) opening.cancel = this.#service.openFlow(stream, dialled);
    else if (own !== undefined) opening.cancel = this.#dialOwn(own, asksTaken, dialled);
    else {
      assert(target.kind === "tcp" || target.kind === "unix", "all others are this process, or take flows");
      opening.cancel = local.dial(target, limits.dialMs, dialled);
    }
  }

  /** The service may answer within this call. Answers after the end of the dialling are ignored. */
  #dialOwn(own: OwnService, asksTaken: boolean, dialled: Dialled): () => void {
    let isOver = false;
    const cancel = own.dialStream(this.#service.caller(), {
      handleConnected: (workload) => {
        if (isOver) return;
        isOver = true;
        dialled.handleConnected(new OwnSocket(workload, this.#host, asksTaken));
      },
      handleFailed: (code, text) => {
        if (isOver) return;
        isOver = true;
        dialled.handleFailed(code, text);
      },
    });
    return () => {
      if (isOver) return;
      isOver = true;
      cancel();
    };
  }

  #relay(stream: number, socket: LocalSocket, asksTaken: boolean): void {
    const { account, service } = this.#service;
    const prefix = service.prefixFor(this.#connection.peer);
    if (prefix.length > 0) socket.write(prefix);
    const relay = new StreamRelay(this.#connection, stream, {
      socket,
      account,
      asksTaken,
      now: this.#service.now(),
    });
    account.handleOpened();
    this.#connection.addRelay(relay);
    relay.start(asksTaken ? tellingAnswer : answer);
    relay.pull();
  }

  /** Whether the originator has reset a stream whose target is still being dialled. */
  #checkReset(stream: number): void {
    const result = this.#quic.streamReceive(stream, nothing);
    if (result < 0 && result !== StreamResult.blocked) this.#giveUp(stream);
  }

  #giveUp(stream: number): void {
    this.#streams.get(stream)?.cancel?.();
    this.#remove(stream);
    this.#quic.streamReset(stream, Code.workloadReset);
    // Later bytes of the stream would be taken for another OPEN.
    this.#quic.streamStop(stream, Code.workloadReset);
    this.#connection.touch();
    this.#service.handleFailed();
  }

  /** Refuses a stream by its originator's fault. */
  #refuseOwn(stream: number, code: number): void {
    this.#refuse(stream, code, "");
    this.#service.handleFailed();
  }

  #refuse(stream: number, code: number, text: string): void {
    this.#remove(stream);
    this.#quic.streamReset(stream, code);
    this.#quic.streamStop(stream, code);
    this.#connection.touch();
    this.#service.account.handleRefused(code, text, this.#connection.peer);
  }
}

/** Reads the request; returns a code when its form is wrong. */
function readRequest(reader: MessageReader): OpenRequest | number {
  if (reader.state === ReadState.unsupported) return Code.unsupported;
  const request = decodeOpen(reader.body);
  if (request === undefined) return Code.malformed;
  const isKnown = request.kind === OpenKind.stream || request.kind === OpenKind.datagrams;
  return isKnown ? request : Code.unsupported;
}

function firstOf(deadlines: ReadonlyMap<number, number>): number {
  for (const at of deadlines.values()) return at;
  return Number.POSITIVE_INFINITY;
}
