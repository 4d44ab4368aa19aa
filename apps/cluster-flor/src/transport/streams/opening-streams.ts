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

/** The connection that the streams are on. */
export interface OpeningConnection extends RelayHost<StreamRelay> {
  readonly peer: string | undefined;
  addRelay(relay: StreamRelay): void;
}

/** The service that the streams are for, as it is at present. */
interface StreamService {
  readonly config: { readonly target: ServiceTarget };
  /** The target, where it is this process. */
  readonly own: OwnService | undefined;
  /** Whether it takes no more of them. */
  readonly isStopped: boolean;
  /** The bytes that the target gets before all others. */
  prefixFor(peer: string | undefined): Uint8Array;
}

/** All that the streams of a connection need of the acceptor. */
export interface OpenedService {
  readonly service: StreamService;
  readonly account: StreamAccount;
  /** The peer, once it has said hello. */
  caller(): OwnCaller;
  now(): number;
  /** Begins a flow of datagrams, which the stream is for, and hands over what stands for it there. Returns what gives it up. */
  openFlow(stream: number, dialled: Dialled): () => void;
  /** The originator has opened one more. */
  handleOpened(streams: number): void;
  /** The originator has reset one that was not relayed yet, or one of its own making was refused. */
  handleFailed(): void;
}

interface OpeningHost {
  readonly limits: Pick<TransportLimits, "openMs" | "dialMs" | "memoryPerStream">;
  readonly budget: MemoryBudget;
  readonly local: LocalNetwork;
  readonly soon: (call: () => void) => void;
  /** Which resource a further stream would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
}

interface OpeningStream {
  readonly reader: MessageReader;
  /** Gives up the dialling; undefined before. */
  cancel: (() => void) | undefined;
}

const answer = encodeAnswer({ tellsTaken: false });
const tellingAnswer = encodeAnswer({ tellsTaken: true });
const nothing = new Uint8Array(0);

/**
 * The streams of one accepted connection that are not relayed yet. Each is charged to the memory budget from its first sign on.
 *
 *     first sign ──▶ OPEN comes ──judged──▶ the target is dialled ──▶ a relay
 *                        └── 5 s, refused, reset ──▶ over ◀─┘ no target
 */
export class OpeningStreams {
  readonly #host: OpeningHost;
  readonly #connection: OpeningConnection;
  readonly #quic: QuicConnection;
  readonly #service: OpenedService;
  readonly #streams = new Map<number, OpeningStream>();
  /** When those whose OPEN has come in part are given up, and those that this process has not answered; the first are the first to be. */
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

  /** Whether all that it waits for is its target. */
  isDialling(stream: number): boolean {
    return this.#streams.get(stream)?.cancel !== undefined;
  }

  handleReadable(stream: number, now: number): void {
    const opening = this.#streams.get(stream) ?? this.#add(stream);
    if (opening === undefined) return;
    if (opening.cancel === undefined) this.#readOpen(stream, opening, now);
    else this.#checkReset(stream);
  }

  /** The originator has given it up. */
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

  /** The connection has ended, by this code, and perhaps by the originator's doing. */
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
    const { shortage } = this.#host;
    if (shortage !== undefined) return this.#refuse(stream, Code.overBudget, shortage);
    this.#dial(stream, request, opening, now);
  }

  /** Nothing is kept for a stream that says nothing, where memory is short. */
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

  /** The service may answer within this call. What it says after the dialling has ended counts no more. */
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
    // Or what it says all the same would be taken for another OPEN.
    this.#quic.streamStop(stream, Code.workloadReset);
    this.#connection.touch();
    this.#service.handleFailed();
  }

  /** Refuses a stream for a mistake of its originator. */
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

/** The request; or why it cannot be followed, whoever asks. */
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
