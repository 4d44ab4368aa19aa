import type { ConnectionFlows, FlowEnd } from "../../datagrams/connection-flows.ts";
import type { DatagramUser } from "../../datagrams/datagram-network.ts";
import type { DatagramDrops, FlowAccount } from "../../datagrams/flow-account.ts";
import type { TableFlow } from "../../datagrams/flow-table.ts";
import { DATAGRAM_SIZE_MAX } from "../../datagrams/limits.ts";
import { WaitingDatagrams } from "../../datagrams/waiting-datagrams.ts";
import { Code } from "../../codes.ts";
import type { Dialled, LocalSocket, LocalSocketOwner } from "../../streams/local-network.ts";

export interface FlowService {
  readonly account: FlowAccount;
  readonly now: () => number;
  /** Something of the flow was carried. */
  touch(flow: ServiceFlow): void;
  handleOver(flow: ServiceFlow): void;
}

/** The target of a flow, once there is one. */
export interface FlowTargetSocket {
  /** Sends a datagram, and keeps its bytes. Returns whether it is accepted. */
  send(bytes: Uint8Array): boolean;
  /** The flow is over by this code: a target within this process is told why. */
  close(code: number, text: string): void;
}

export interface FlowTargetUser extends DatagramUser {
  handleConnected(socket: FlowTargetSocket): void;
  /** The target has ended the flow, normally by `done`. */
  handleTargetEnd(code: number): void;
}

/** Dials the target of a flow; the user may be called at once or later. Returns a function that cancels this. */
export type FlowTarget = (user: FlowTargetUser) => () => void;

/** The connection, the stream and the principal of a flow. */
export interface FlowOrigin {
  readonly flows: ConnectionFlows;
  readonly stream: number;
  /** The principal of the peer. */
  readonly group: string;
}

/**
 * A flow at its acceptor: the datagrams of one client, and a socket for the answers of the target. The flow's stream
 * sees a workload's socket that sends only its end.
 *
 *     dialling ──the target's address is known──▶ open ──either end ends it, silence, or no target──▶ over
 *         └──────────── no such target, or the stream is reset ───────────────────────────────────▲
 */
export class ServiceFlow implements LocalSocket, FlowEnd, FlowTargetUser, TableFlow {
  owner: LocalSocketOwner | undefined;
  readonly isFull = false;
  readonly held = 0;
  readonly untaken = 0;
  readonly hasTakenEnd = true;
  readonly datagramBytes: { sent: number; received: number } = { sent: 0, received: 0 };
  readonly group: string;
  readonly #service: FlowService;
  readonly #origin: FlowOrigin;
  readonly #dialled: Dialled;
  readonly #waiting: WaitingDatagrams;
  #cancel: (() => void) | undefined;
  #socket: FlowTargetSocket | undefined;
  #isOver = false;

  /** @param dialled Gets the result of the dialling. */
  constructor(service: FlowService, origin: FlowOrigin, dialled: Dialled) {
    this.group = origin.group;
    this.#service = service;
    this.#origin = origin;
    this.#dialled = dialled;
    this.#waiting = new WaitingDatagrams(service.account.drops);
  }

  get drops(): DatagramDrops {
    return this.#service.account.drops;
  }

  dial(target: FlowTarget): void {
    const { flows, stream } = this.#origin;
    flows.add(stream, this, this.#service.now());
    const cancel = target(this);
    if (this.#socket === undefined && !this.#isOver) this.#cancel = cancel;
  }

  handleDatagram(bytes: Uint8Array): void {
    this.#service.touch(this);
    this.#service.account.handleReceived(bytes.length);
    this.datagramBytes.received += bytes.length;
    if (this.#socket === undefined) this.#waiting.add(bytes);
    else this.#hand(this.#socket, bytes);
  }

  /** Ends the flow, and tells the peer. */
  close(): void {
    if (this.#isOver) return;
    const { owner } = this;
    this.#leave(Code.done, "");
    if (owner === undefined) this.#dialled.handleFailed(Code.targetDown, "there is no room for the flow");
    else owner.handleLocalEnd();
  }

  // FlowTargetUser:

  handleConnected(socket: FlowTargetSocket): void {
    this.#cancel = undefined;
    this.#socket = socket;
    for (const bytes of this.#waiting.takeAll()) this.#hand(socket, bytes);
    this.#dialled.handleConnected(this);
  }

  handleFailed(code: number, reason: string): void {
    this.#cancel = undefined;
    this.#leave(code, reason);
    this.#dialled.handleFailed(code, reason);
  }

  handleTargetDatagram(bytes: Uint8Array): void {
    if (bytes.length > DATAGRAM_SIZE_MAX) {
      this.drops.malformed++;
      return;
    }
    const { flows, stream } = this.#origin;
    this.#service.touch(this);
    this.#service.account.handleSent(bytes.length);
    this.datagramBytes.sent += bytes.length;
    flows.send(stream, bytes, this.#service.now());
  }

  handleTargetError(isRefused: boolean): void {
    if (!isRefused) this.drops.target++;
    else this.owner?.handleLocalClose(false, Code.targetDown);
  }

  handleTargetEnd(code: number): void {
    if (code === Code.done) this.close();
    else this.owner?.handleLocalClose(false, code);
  }

  // LocalSocket, for the stream:

  /** The peer has sent bytes on the stream, which it may not. */
  write(): boolean {
    this.owner?.handleLocalClose(false, Code.malformed);
    return true;
  }

  /** The peer has ended the flow. */
  end(): void {
    this.close();
  }

  reset(code: number, text: string): void {
    this.#leave(code, text);
  }

  handleAnswered(): void {
    // Nothing to do: only the acceptor answers, and this end is the acceptor.
  }

  pause(): void {}

  resume(): void {}

  checkWorkload(): void {}

  #hand(socket: FlowTargetSocket, bytes: Uint8Array): void {
    if (!socket.send(bytes)) this.drops.target++;
  }

  #leave(code: number, text: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel?.();
    this.#socket?.close(code, text);
    this.#waiting.drop();
    this.#origin.flows.remove(this.#origin.stream);
    this.#service.handleOver(this);
  }
}
