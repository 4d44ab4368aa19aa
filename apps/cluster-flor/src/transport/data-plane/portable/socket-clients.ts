import assert from "node:assert";
import type { DatagramAddress, StreamAddress } from "@florenetes/config-file";
import { Code } from "../../codes.ts";
import type { DatagramNetwork } from "../../datagrams/datagram-network.ts";
import type { EndConnection } from "../../connections/end-connection.ts";
import { EngineConnection } from "../../connections/engine-connection.ts";
import { type TransportLimits, TRUNK_CONNECTIONS_MAX } from "../../limits.ts";
import { OpenKind, encodeOpen } from "../../messages.ts";
import type { OpeningFlowWorkload } from "../../own/own-flow.ts";
import type { OpeningWorkload } from "../../own/own-stream.ts";
import type { AccessSink } from "../../streams/access-sink.ts";
import type { Listener, LocalNetwork, LocalSocket } from "../../streams/local-network.ts";
import type { MemoryBudget } from "../../streams/memory-budget.ts";
import { Offer } from "../../streams/offer.ts";
import { OwnSocket } from "../../streams/own-socket.ts";
import type { StreamAccount } from "../../streams/stream-account.ts";
import { StreamRelay } from "../../streams/stream-relay.ts";
import { DatagramClients } from "./datagram-clients.ts";
import { OwnFlowClient } from "./own-flow-client.ts";
import type {
  ClientTunnel,
  ClientsOwner,
  FlowAccounts,
  TrunkClients,
  TunnelInlet,
  WaitingOwn,
} from "../../tunnels/trunk-clients.ts";
import { TunnelFlow } from "./tunnel-flow.ts";
import { WaitingClients } from "./waiting-clients.ts";

export interface SocketClientsHost {
  readonly limits: Pick<TransportLimits, "waitingMax" | "connectWaitMs">;
  readonly local: LocalNetwork;
  readonly datagrams: DatagramNetwork;
  readonly budget: MemoryBudget;
  readonly access: AccessSink | undefined;
  /** The resource that one more stream would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
  /** Monotonic. */
  readonly now: () => number;
  /** Calls a function in a turn of its own. */
  readonly soon: (call: () => void) => void;
}

const openStream = encodeOpen({ trafficClass: 0, kind: OpenKind.stream, asksTaken: false });
const openAskingStream = encodeOpen({ trafficClass: 0, kind: OpenKind.stream, asksTaken: true });
const openFlow = encodeOpen({ trafficClass: 0, kind: OpenKind.datagrams, asksTaken: false });

/** Workloads of a trunk whose sockets this thread has, or that are this process. */
export class SocketClients implements TrunkClients, TunnelInlet {
  readonly areServedLate = false;
  readonly #host: SocketClientsHost;
  readonly #owner: ClientsOwner;
  readonly #waiting: WaitingClients<Offer>;
  #connection: EngineConnection | undefined;
  /** A connection that is held back from workloads, but for those that were let in and found no room. */
  #held: EngineConnection | undefined;
  #beside: readonly EngineConnection[] = [];
  /** The last of the connections when the owner was told that none of them has room; undefined: there was room since. */
  #usedUpTo: EngineConnection | undefined;
  /** Whether the trunk has no connection, and attempts fail. */
  #isUnreachable = false;

  constructor(host: SocketClientsHost, owner: ClientsOwner) {
    this.#host = host;
    this.#owner = owner;
    this.#waiting = new WaitingClients(host.limits.waitingMax);
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  get areUsedUp(): boolean {
    return this.#usedUpTo !== undefined && this.areWaiting;
  }

  get isFull(): boolean {
    return this.#waiting.size >= this.#host.limits.waitingMax;
  }

  listen(tunnel: ClientTunnel, address: StreamAddress): Promise<Listener> {
    tunnel.inlet = this;
    const { mode, owner } = tunnel.config;
    const onConnection = (socket: LocalSocket): void => inletOf(tunnel).handleClient(socket, tunnel);
    return this.#host.local.listen({ address, mode, owner, onConnection });
  }

  listenDatagrams(tunnel: ClientTunnel, address: DatagramAddress): Promise<Listener> {
    assert(tunnel.flowAccount !== undefined, "its flows are counted");
    tunnel.inlet = this;
    const clients = new DatagramClients({
      account: tunnel.flowAccount,
      now: this.#host.now,
      onFlow: (flow) => inletOf(tunnel).handleClient(flow, tunnel),
    });
    return this.#host.datagrams.listen(address, clients);
  }

  lead(tunnel: ClientTunnel): void {
    const former = tunnel.inlet;
    tunnel.inlet = this;
    if (former !== undefined && former !== this) this.#handleMoved(former.takeWaiting(tunnel));
  }

  openOwn(account: StreamAccount, workload: OpeningWorkload): void {
    this.#handleOwn(new OwnSocket(workload, this.#host), account);
  }

  openOwnFlow({ streams, flows }: FlowAccounts, workload: OpeningFlowWorkload): void {
    this.#handleOwn(new OwnFlowClient(workload, flows, this.#host).flow, streams);
  }

  takeOwn(account: StreamAccount): WaitingOwn {
    return this.#waiting.takeThose((offer) => offer.account === account);
  }

  addOwn(waiting: WaitingOwn): void {
    assert(!("trunk" in waiting), "all trunks of a vertex have their workloads in one place");
    for (const offer of waiting) offer.onAgain = (again) => this.handleOfferedAgain(again);
    this.#handleMoved(waiting);
  }

  handleCurrent(connection: EndConnection | undefined, beside: readonly EndConnection[]): void {
    assert(connection === undefined || isOurs(connection), "its packets are this thread's");
    this.#connection = connection;
    this.#held = undefined;
    this.#beside = beside.filter(isOurs);
    if (connection === undefined) this.#usedUpTo = undefined;
    this.#serve();
  }

  handleRoom(): void {
    this.#serve();
  }

  /** Workloads wait as if there were no connection. `isFull` tells the owner when no more may wait. */
  handleHeld(connection: EndConnection): void {
    assert(isOurs(connection), "its packets are this thread's");
    if (connection !== (this.#connection ?? this.#held)) this.#usedUpTo = undefined;
    this.#held = connection;
    this.#connection = undefined;
  }

  refuse(code: number, text: string): void {
    for (const offer of this.#waiting.takeAll()) offer.refuse(code, text);
  }

  close(): void {}

  handleTimeout(now: number): void {
    for (const offer of this.#waiting.takeOverdue(now)) {
      if (this.#usedUpTo !== undefined) offer.refuse(Code.streamLimit, usedUp);
      else refuseUnanswered(offer);
    }
  }

  handleUnreachable(isUnreachable: boolean): void {
    this.#isUnreachable = isUnreachable;
    if (!isUnreachable) return;
    for (const offer of this.#waiting.takeThose(({ account }) => account.connectWaitMs === 0)) refuseUnanswered(offer);
  }

  nextTimeout(): number {
    return this.#waiting.nextDeadline;
  }

  // TunnelInlet:

  /** A client that is offered again finds its tunnel's present trunk, which may be another one. */
  handleClient(socket: LocalSocket, tunnel: ClientTunnel): void {
    this.#begin(socket, tunnel.account, (again) => inletOf(tunnel).handleOfferedAgain(again));
  }

  /** The offer's connection is over. The trunk, which is about to be told, makes another one for waiting workloads. */
  handleOfferedAgain(offer: Offer): void {
    if (this.#owner.isStopped) return offer.refuse(Code.stopping, "");
    const connection = this.#connection;
    if (connection !== undefined && connection.state !== "closing") return this.#openOrWait(offer);
    if (!this.#wait(offer)) return this.#refuseBeyond(offer);
    // The offer may have been on an earlier connection than the one that is gone.
    if (connection === undefined) this.#owner.handleWaiting(this.#host.now());
  }

  takeWaiting({ account }: ClientTunnel): Offer[] {
    return this.#waiting.takeThose((offer) => offer.account === account);
  }

  #handleOwn(socket: LocalSocket, account: StreamAccount): void {
    this.#begin(socket, account, (again) => this.handleOfferedAgain(again));
  }

  #begin(socket: LocalSocket, account: StreamAccount, onAgain: (again: Offer) => void): void {
    const { shortage, budget, limits } = this.#host;
    const now = this.#host.now();
    const deadline = now + (account.connectWaitMs ?? limits.connectWaitMs);
    const offer = new Offer({ socket, account, budget, startedMs: now, deadline, access: this.#host.access, onAgain });
    if (this.#owner.isStopped) return offer.refuse(Code.stopping, "");
    if (shortage !== undefined) return offer.refuse(Code.overBudget, shortage);
    if (account.connectWaitMs === 0 && this.#isNobodyReached(now)) return refuseUnanswered(offer);
    if (this.#connection !== undefined) return this.#openOrWait(offer);
    if (this.areUsedUp) this.#serve();
    this.#awaitConnection(offer);
  }

  #awaitConnection(offer: Offer): void {
    const { refusal } = this.#owner;
    if (refusal !== undefined) return offer.refuse(refusal.code, refusal.text ?? "");
    if (!this.#wait(offer)) return this.#refuseBeyond(offer);
    this.#owner.handleWaiting(this.#host.now());
  }

  /** Refuses a workload, as no more may wait. */
  #refuseBeyond(offer: Offer): void {
    if (this.areUsedUp) offer.refuse(Code.streamLimit, usedUp);
    else offer.refuse(Code.noAnswer, tooManyWait);
  }

  #isNobodyReached(now: number): boolean {
    return this.#connection?.isUnreachable(now) ?? this.#isUnreachable;
  }

  /** False: no more may wait. */
  #wait(offer: Offer): boolean {
    const { connectWaitMs } = this.#host.limits;
    // Workloads that waited for room may all have been refused meanwhile.
    if (!this.areWaiting) this.#usedUpTo = undefined;
    if (offer.account.connectWaitMs === 0) offer.deadline = this.#host.now() + connectWaitMs;
    return this.#waiting.add(offer);
  }

  /** Takes offers that have waited for a connection of another trunk. */
  #handleMoved(offers: readonly Offer[]): void {
    if (offers.length === 0) return;
    const connection = this.#connection;
    const { refusal } = this.#owner;
    if (connection !== undefined) {
      for (const offer of offers) this.#openOrWait(offer);
    } else if (refusal !== undefined) {
      for (const offer of offers) offer.refuse(refusal.code, refusal.text ?? "");
    } else {
      for (const offer of this.#waiting.merge(offers)) offer.refuse(Code.noAnswer, tooManyWait);
      this.#owner.handleWaiting(this.#host.now());
    }
  }

  /** The connection that is filled first; undefined: there is none for those that wait. */
  get #first(): EngineConnection | undefined {
    return this.#connection ?? (this.#usedUpTo === undefined ? undefined : this.#held);
  }

  /** The first connection with room for one more stream; undefined: there is none. */
  get #roomy(): EngineConnection | undefined {
    const first = this.#first;
    if (first === undefined || hasRoom(first)) return first;
    return this.#beside.find(hasRoom);
  }

  #openOrWait(offer: Offer): void {
    // Whoever waits already goes first.
    if (this.areWaiting) this.#serve();
    if (this.#connection === undefined) return this.#awaitConnection(offer);
    const connection = this.areWaiting ? undefined : this.#roomy;
    if (connection !== undefined) return this.#openStream(connection, offer);
    const isLast = this.#beside.length + 1 >= TRUNK_CONNECTIONS_MAX;
    if ((isLast && offer.account.connectWaitMs === 0) || !this.#wait(offer))
      return offer.refuse(Code.streamLimit, usedUp);
    this.#handleNoRoom();
  }

  /** Opens streams for workloads that wait, as far as there is room. */
  #serve(): void {
    while (this.#first !== undefined && this.areWaiting) {
      const connection = this.#roomy;
      if (connection === undefined) return this.#handleNoRoom();
      this.#openStream(connection, this.#waiting.takeFirst()!);
    }
    if (!this.areWaiting) this.#usedUpTo = undefined;
  }

  /** Workloads wait for room. The owner is told once of the same connections. */
  #handleNoRoom(): void {
    const first = this.#first;
    // The owner is about to be told of an end, and names another connection then.
    if (first === undefined || isOver(first)) return;
    for (const connection of [first, ...this.#beside]) connection.isRoomAwaited = true;
    const last = this.#beside.at(-1) ?? first;
    if (last === this.#usedUpTo) return;
    this.#usedUpTo = last;
    this.#owner.handleUsedUp(this.#host.now());
  }

  #openStream(connection: EngineConnection, offer: Offer): void {
    if (!offer.isOpenable) return offer.refuse(Code.workloadReset, "");
    const { streams, quic } = connection;
    const { socket, account } = offer;
    const flow = socket instanceof TunnelFlow ? socket : undefined;
    if (flow !== undefined && !connection.flows.areTaken) return offer.refuse(Code.unsupported, noDatagrams);
    const now = this.#host.now();
    offer.handleOpened(quic.newestPacket, now);
    const asksTaken = socket.handleTaken !== undefined;
    // Stream 0 is the control stream, and an originator's streams are numbered by fours.
    const relay = new StreamRelay(streams, 4 * (1 + streams.opened), { socket, account, offer, asksTaken, now });
    streams.addRelay(relay);
    relay.start(flow !== undefined ? openFlow : asksTaken ? openAskingStream : openStream);
    flow?.handleOpened(connection.flows, relay.id);
    this.#owner.handleOpened(streams.opened, now);
  }
}

function inletOf({ inlet }: ClientTunnel): TunnelInlet {
  assert(inlet !== undefined, "it leads somewhere before it listens");
  return inlet;
}

function refuseUnanswered(offer: Offer): void {
  offer.refuse(Code.noAnswer, offer.account.explain(Code.noAnswer, ""));
}

function isOurs(connection: EndConnection): connection is EngineConnection {
  return connection instanceof EngineConnection;
}

function isOver({ state }: EngineConnection): boolean {
  return state === "closing" || state === "gone";
}

function hasRoom(connection: EngineConnection): boolean {
  return !isOver(connection) && connection.quic.streamsLeft() > 0;
}

const usedUp = "all connections to the service have as many streams as it takes on one";
const noDatagrams = "the other end takes no datagrams";
const tooManyWait = "too many wait for a handshake";
