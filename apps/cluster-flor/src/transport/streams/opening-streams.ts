import type { DatagramAddress, ServiceTarget } from "@florenetes/config-file";
import { type QuicConnection, StreamResult } from "@florenetes/quic";
import { Code } from "../codes.ts";
import type { TransportLimits } from "../limits.ts";
import type { Dialled, LocalNetwork, LocalSocket } from "./local-network.ts";
import { MessageReader, OpenKind, ReadState, decodeOpen, encodeAnswer } from "../messages.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import { OwnSocket } from "./own-socket.ts";
import { ownServices } from "../own/own-services.ts";
import type { StreamAccount } from "./stream-account.ts";
import { StreamRelay, type RelayHost } from "./stream-relay.ts";

/** The connection that the streams are on. */
export interface OpeningConnection extends RelayHost {
  readonly peer: string | undefined;
  addRelay(relay: StreamRelay): void;
}

/** The service that the streams are for. */
export interface OpenedService {
  readonly target: ServiceTarget;
  readonly account: StreamAccount;
  /** The bytes that the target gets before all others. */
  prefixFor(peer: string | undefined): Uint8Array;
  now(): number;
  /** Begins a flow of datagrams, which the stream is for, and hands over what stands for it there. Returns what gives it up. */
  openFlow(stream: number, target: DatagramAddress, dialled: Dialled): () => void;
  /** Whether it takes no more of them. */
  isStopped(): boolean;
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

const answer = encodeAnswer();
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
  /** When those whose OPEN has come in part are given up; the first is the first to be. */
  readonly #overdueAt = new Map<number, number>();
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
      if (at > now) return;
      this.#refuseOwn(stream, Code.openTimeout);
    }
  }

  nextTimeout(): number {
    for (const at of this.#overdueAt.values()) return at;
    return Number.POSITIVE_INFINITY;
  }

  /** The connection has ended, by this code. */
  clear(code: number, text: string): void {
    for (const [stream, { cancel }] of this.#streams) {
      this.#remove(stream);
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
    const mistake = mistakeOf(reader, this.#service.target);
    if (mistake !== undefined) return this.#refuseOwn(stream, mistake);
    if (this.#service.isStopped()) return this.#refuse(stream, Code.stopping, "");
    const { shortage } = this.#host;
    if (shortage !== undefined) return this.#refuse(stream, Code.overBudget, shortage);
    this.#dial(stream, opening);
  }

  /** Nothing is kept for a stream that says nothing, where memory is short. */
  #wait(stream: number, now: number): void {
    const { shortage, limits } = this.#host;
    if (shortage !== undefined) return this.#refuse(stream, Code.overBudget, shortage);
    if (!this.#overdueAt.has(stream)) this.#overdueAt.set(stream, now + limits.openMs);
  }

  #dial(stream: number, opening: OpeningStream): void {
    const { target } = this.#service;
    if (target.kind === "self") {
      this.#remove(stream);
      return this.#relay(stream, new OwnSocket(ownServices[target.service], this.#host.soon));
    }
    const dialled: Dialled = {
      handleConnected: (socket) => {
        this.#remove(stream);
        this.#relay(stream, socket);
      },
      handleFailed: (isTimeout, text) => {
        this.#refuse(stream, isTimeout ? Code.targetTimeout : Code.targetDown, text);
      },
    };
    opening.cancel =
      target.kind === "udp"
        ? this.#service.openFlow(stream, target, dialled)
        : this.#host.local.dial(target, this.#host.limits.dialMs, dialled);
  }

  #relay(stream: number, socket: LocalSocket): void {
    const { account } = this.#service;
    const prefix = this.#service.prefixFor(this.#connection.peer);
    if (prefix.length > 0) socket.write(prefix);
    const relay = new StreamRelay(this.#connection, stream, {
      socket,
      account,
      now: this.#service.now(),
    });
    account.handleOpened();
    this.#connection.addRelay(relay);
    relay.start(answer);
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

/** Why an OPEN cannot be followed, whoever asks. */
function mistakeOf(reader: MessageReader, target: ServiceTarget): number | undefined {
  if (reader.state === ReadState.unsupported) return Code.unsupported;
  const request = decodeOpen(reader.body);
  if (request === undefined) return Code.malformed;
  if (request.kind !== OpenKind.stream && request.kind !== OpenKind.datagrams) return Code.unsupported;
  return (request.kind === OpenKind.datagrams) === (target.kind === "udp") ? undefined : Code.wrongKind;
}
