import assert from "node:assert";
import type { TunnelConfig } from "../../config/cluster-config.ts";
import { Code } from "../codes.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import { EngineConnection } from "../connections/engine-connection.ts";
import type { TransportLimits } from "../limits.ts";
import { OpenKind, encodeOpen } from "../messages.ts";
import type { Listener, LocalNetwork, LocalSocket } from "../streams/local-network.ts";
import type { StreamAccount } from "../streams/stream-account.ts";
import { StreamRelay } from "../streams/stream-relay.ts";
import type { ClientsOwner, TrunkClients } from "./trunk-clients.ts";
import { WaitingClients } from "./waiting-clients.ts";

export interface SocketClientsHost {
  readonly limits: Pick<TransportLimits, "waitingMax" | "noAnswerMs">;
  readonly local: LocalNetwork;
  /** Which resource a further stream would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
  /** Monotonic. */
  readonly now: () => number;
}

const open = encodeOpen({ trafficClass: 0, kind: OpenKind.stream });

/** Workloads whose sockets this thread has. */
export class SocketClients implements TrunkClients {
  readonly areServedLate = false;
  readonly #host: SocketClientsHost;
  readonly #owner: ClientsOwner;
  readonly #waiting: WaitingClients;
  #connection: EngineConnection | undefined;
  #nextStream = 4;

  constructor(host: SocketClientsHost, owner: ClientsOwner) {
    this.#host = host;
    this.#owner = owner;
    this.#waiting = new WaitingClients(host.limits.waitingMax);
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  listen({ listen: address, mode, owner }: TunnelConfig, account: StreamAccount): Promise<Listener> {
    const onConnection = (socket: LocalSocket): void => this.#handleClient(socket, account);
    return this.#host.local.listen({ address, mode, owner, onConnection });
  }

  handleCurrent(connection: EndConnection | undefined): void {
    assert(connection === undefined || connection instanceof EngineConnection, "its packets are this thread's");
    this.#connection = connection;
    this.#nextStream = 4;
    if (connection === undefined) return;
    for (const { socket, account } of this.#waiting.takeAll()) this.#openStream(connection, socket, account);
  }

  refuse(code: number, text: string): void {
    for (const { socket, account } of this.#waiting.takeAll()) refuse(socket, account, code, text);
  }

  handleTimeout(now: number): void {
    for (const { socket, account } of this.#waiting.takeOverdue(now)) refuse(socket, account, Code.noAnswer, "");
  }

  nextTimeout(): number {
    return this.#waiting.nextDeadline;
  }

  #handleClient(socket: LocalSocket, account: StreamAccount): void {
    const now = this.#host.now();
    if (this.#owner.isStopped) return refuse(socket, account, Code.stopping, "");
    const { shortage } = this.#host;
    if (shortage !== undefined) return refuse(socket, account, Code.overBudget, shortage);
    if (this.#connection !== undefined) return this.#openStream(this.#connection, socket, account);
    const { refusal } = this.#owner;
    if (refusal !== undefined) return refuse(socket, account, refusal.code, refusal.text ?? "");
    if (!this.#waiting.add({ socket, account, deadline: now + this.#host.limits.noAnswerMs })) {
      return refuse(socket, account, Code.noAnswer, "too many wait for a handshake");
    }
    this.#owner.handleWaiting(now);
  }

  #openStream(connection: EngineConnection, socket: LocalSocket, account: StreamAccount): void {
    if (connection.quic.streamsLeft() <= 0) return refuse(socket, account, Code.streamLimit, "");
    const now = this.#host.now();
    const { streams } = connection;
    const relay = new StreamRelay(streams, this.#nextStream, { socket, account, isAnswerAwaited: true, now });
    this.#nextStream += 4;
    account.handleOpened();
    streams.addRelay(relay);
    relay.start(open);
    this.#owner.handleOpened(streams.opened, now);
  }
}

function refuse(socket: LocalSocket, account: StreamAccount, code: number, text: string): void {
  socket.reset();
  account.handleRefused(code, text);
}
