import type { NativeStreamOver } from "@florenetes/data-plane";
import { type Counts, greatestLoads, type PressureLoads } from "@florenetes/process-kit";
import type { EngineConnection } from "../../connections/engine-connection.ts";
import type { EndAccounts } from "../../datagrams/end-accounts.ts";
import { workloadLoads } from "../../own-loads.ts";
import { proxyHeader } from "../../services/proxy-header.ts";
import type { ServiceEnd } from "../../services/service-end.ts";
import type { ServedService } from "../../services/serving.ts";
import type { Trunk } from "../../tunnels/trunk.ts";
import type { ClientsOwner } from "../../tunnels/trunk-clients.ts";
import type { TransportPlane, TransportPlaneHost } from "../transport-plane.ts";
import { LaneAccounts } from "./lane-accounts.ts";
import { LaneClients } from "./lane-clients.ts";
import { LaneConnection } from "./lane-connection.ts";
import { LaneLoads } from "./lane-loads.ts";
import { NativeServing } from "./native-serving.ts";
import type { TransportLane, TransportLaneEvent } from "./transport-lane.ts";

/** The end of the numbers of trunks and connections. */
const NUMBERS_END = 2 ** 31;

/** Lets the data thread carry connections and hold workloads: sends all orders to the thread, and gets its events. */
export class NativePlane implements TransportPlane {
  readonly #host: TransportPlaneHost;
  readonly #lane: TransportLane;
  readonly #loads: LaneLoads;
  readonly #accounts = new LaneAccounts();
  readonly #clients = new Map<number, LaneClients>();
  readonly #numberOf = new Map<ClientsOwner, number>();
  readonly #connections = new Map<number, LaneConnection>();
  readonly #trunkOf = new Map<LaneConnection, number>();
  #nextTrunk = 0;
  #next = 1;

  constructor(lane: TransportLane, host: TransportPlaneHost) {
    this.#lane = lane;
    this.#loads = new LaneLoads(lane, host.limits.memoryMax);
    this.#host = host;
  }

  /** Streams of this process may also hold bytes in this thread. */
  get bytesHeld(): number {
    return this.#host.budget.held + this.#lane.figures().memoryHeld;
  }

  loads(now: number): PressureLoads {
    return greatestLoads([workloadLoads(this.#host), this.#loads.look(now)]);
  }

  clientsOf(owner: ClientsOwner): LaneClients {
    const trunk = freeFrom(this.#nextTrunk, this.#clients);
    this.#nextTrunk = trunk + 1;
    const onClosed = (): void => this.#forgetTrunk(owner, trunk);
    const clients = new LaneClients({ lane: this.#lane, trunk, accounts: this.#accounts, onClosed }, owner);
    this.#numberOf.set(owner, trunk);
    this.#clients.set(trunk, clients);
    return clients;
  }

  servingOf(service: ServedService): NativeServing {
    return new NativeServing(this.#lane, this.#accounts, service);
  }

  forgetAccounts(accounts: EndAccounts): void {
    const number = this.#accounts.forget(accounts);
    if (number !== undefined) this.#lane.forgetAccount(number);
  }

  carry(connection: EngineConnection, role: Trunk | ServiceEnd): LaneConnection {
    const number = freeFrom(this.#next, this.#connections);
    this.#next = number + 1;
    const trunk = "clients" in role ? this.#numberOf.get(role) : undefined;
    const service = "clients" in role ? undefined : role.number;
    const adopted = new LaneConnection(connection, { lane: this.#lane, number, service, role });
    this.#connections.set(number, adopted);
    if (trunk !== undefined) this.#trunkOf.set(adopted, trunk);
    const { idHigh, idLow, way, payloadMax, carriage, isDraining, peer, quietMs } = connection;
    const targetPrefix = "clients" in role || peer === undefined ? new Uint8Array() : proxyHeader(peer);
    const { quic, unsent: controlUnsent } = connection.handOver();
    const place = { idHigh, idLow, trunk, service, way, payloadMax, ...carriage };
    const more = { isDraining, controlUnsent, targetPrefix, peer: peer ?? "", quietMs };
    this.#lane.adopt({ connection: number, quic, ...place, ...more });
    return adopted;
  }

  /** Events of the thread come: they may have waited while this process was stopped. */
  beginTurn(): void {
    this.#host.grants.check();
  }

  handleEvent(event: TransportLaneEvent): void {
    const now = this.#host.now();
    this.#loads.handleEvent();
    switch (event.kind) {
      case "waiting":
        return this.#clients.get(event.trunk)?.handleWaiting(event.areWaiting, event.usedUp, now);
      case "used":
        return this.#clients.get(event.trunk)?.handleUsed(now);
      case "refused": {
        const peer = event.isService ? this.#connections.get(event.connection ?? 0)?.peer : undefined;
        return this.#accounts.of(event.number, event.isService)?.streams.logRefused(event.code, event.text, peer);
      }
    }
    if (event.kind === "over") return this.#handleOver(event);
    const connection = this.#connections.get(event.connection);
    if (connection === undefined) return;
    if (event.kind === "full") {
      const trunk = this.#trunkOf.get(connection);
      if (trunk !== undefined) this.#clients.get(trunk)?.handleFull(this.#host.limits.streamsPerConnection, now);
    }
    connection.handleEvent(event, now);
    if (event.kind !== "left") return;
    this.#host.handleGone(connection);
    this.#connections.delete(event.connection);
    this.#trunkOf.delete(connection);
  }

  #forgetTrunk(owner: ClientsOwner, trunk: number): void {
    this.#numberOf.delete(owner);
    this.#clients.delete(trunk);
    this.#lane.forgetTrunk(trunk);
  }

  #handleOver({ connection, number, isService, ...over }: NativeStreamOver): void {
    const account = this.#accounts.of(number, isService)?.streams;
    const place = connection === undefined ? account?.route() : this.#connections.get(connection);
    if (place !== undefined) this.#host.access?.(place, { ...over, names: account?.fields ?? {} });
  }

  refreshCounts(): Counts {
    const { accounts, drops } = this.#lane.figures();
    this.#accounts.update(accounts);
    return drops;
  }
}

/** The next number that is not in use. With two billion numbers, none comes again so soon that two uses would be confused. */
function freeFrom(next: number, used: ReadonlyMap<number, unknown>): number {
  const number = next % NUMBERS_END;
  return used.has(number) ? freeFrom(number + 1, used) : number;
}
