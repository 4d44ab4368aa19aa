import type { NativeStreamOver } from "@florenetes/data-plane";
import type { EndAccounts } from "../../datagrams/end-accounts.ts";
import type { AccessSink } from "../../streams/access-sink.ts";
import type { EndConnection } from "../../connections/end-connection.ts";
import type { EngineConnection } from "../../connections/engine-connection.ts";
import type { ServiceEnd } from "../../services/service-end.ts";
import type { Trunk } from "../../tunnels/trunk.ts";
import type { ClientTunnel, ClientsOwner } from "../../tunnels/trunk-clients.ts";
import type { Counts, PressureLoads } from "@florenetes/process-kit";
import { FLOW_IDLE_MS } from "../../../config/limits.ts";
import type { TransportLimits } from "../../limits.ts";
import { proxyHeader } from "../../services/proxy-header.ts";
import { LaneAccounts } from "./lane-accounts.ts";
import { LaneClients } from "./lane-clients.ts";
import { LaneConnection } from "./lane-connection.ts";
import { LaneLoads } from "./lane-loads.ts";
import type { TransportLane, TransportLaneEvent } from "./transport-lane.ts";

/** Numbers of trunks and connections are below this. */
const NUMBERS_END = 2 ** 31;

export interface LaneEndsOptions {
  readonly lane: TransportLane;
  readonly limits: Pick<TransportLimits, "streamsPerConnection" | "memoryMax">;
  /** Hears of streams that are over; undefined: nobody wants to know. */
  readonly access?: AccessSink | undefined;
  /** The thread has forgotten a connection. */
  readonly onLeft: (connection: EndConnection) => void;
}

/** All that the data thread has of the transport service: its connections, and the workloads of the trunks that they are for. */
export class LaneEnds {
  readonly #options: Omit<LaneEndsOptions, "lane">;
  readonly #lane: TransportLane;
  readonly #loads: LaneLoads;
  readonly #accounts = new LaneAccounts();
  /** By the numbers of their trunks. */
  readonly #clients = new Map<number, LaneClients>();
  readonly #numberOf = new Map<ClientsOwner, number>();
  readonly #connections = new Map<number, LaneConnection>();
  readonly #trunkOf = new Map<LaneConnection, number>();
  #nextTrunk = 0;
  #next = 1;

  constructor({ lane, ...options }: LaneEndsOptions) {
    this.#lane = lane;
    this.#loads = new LaneLoads(lane, options.limits.memoryMax);
    this.#options = options;
  }

  /** Bytes that all streams of the thread hold. */
  get memoryHeld(): number {
    return this.#lane.figures().memoryHeld;
  }

  /** How near the thread is to its limits. */
  loads(now: number): PressureLoads {
    return this.#loads.look(now);
  }

  /** Packets that were thrown away there, by cause. */
  get drops(): Counts {
    return this.#lane.figures().drops;
  }

  /** Makes what the clients of a trunk come to. */
  clientsOf(owner: ClientsOwner): LaneClients {
    const trunk = freeFrom(this.#nextTrunk, this.#clients);
    this.#nextTrunk = trunk + 1;
    const clients = new LaneClients({ lane: this.#lane, trunk, accounts: this.#accounts }, owner);
    this.#numberOf.set(owner, trunk);
    this.#clients.set(trunk, clients);
    return clients;
  }

  /** A trunk has stopped, and has no connection any more. */
  forgetTrunk(owner: ClientsOwner): void {
    const trunk = this.#numberOf.get(owner);
    this.#numberOf.delete(owner);
    if (trunk === undefined) return;
    this.#clients.delete(trunk);
    this.#lane.forgetTrunk(trunk);
  }

  /** The thread counts a tunnel's streams from now on. */
  countTunnel({ number, account: streams, flowAccount: flows }: ClientTunnel): void {
    this.#accounts.setTunnel(number, { streams, flows });
  }

  /** The tunnel is not there any more. */
  forgetTunnel({ number }: ClientTunnel): void {
    this.#accounts.setTunnel(number, undefined);
    this.#lane.forgetAccount(number);
  }

  /** The service is not there any more; it was told to have stopped. */
  forgetService({ number }: ServiceEnd): void {
    this.#accounts.setService(number, undefined);
    this.#lane.forgetService(number);
  }

  /** Nothing is opened any more that is counted by that account. */
  forgetAccount(accounts: EndAccounts): void {
    const number = this.#accounts.forgetOwn(accounts);
    if (number !== undefined) this.#lane.forgetAccount(number);
  }

  /** Another share holds. */
  tellShare(): void {
    this.#lane.setStreamsPerConnection(this.#options.limits.streamsPerConnection);
  }

  /** The thread learns where the streams of a service lead. */
  tellService({ number, config, own, account: streams, flowAccount, isStopped }: ServiceEnd): void {
    const { target, tellsPrincipal, flowIdleMs } = config;
    this.#accounts.setService(number, { streams, flows: flowAccount });
    if (own === undefined) return this.#lane.setService(number, target, { flowIdleMs, tellsPrincipal, isStopped });
    this.#lane.streams.serve(number, own, flowAccount);
    const ownIdleMs = own.dialFlow && (flowIdleMs ?? FLOW_IDLE_MS);
    this.#lane.setOwnService(number, { flowIdleMs: ownIdleMs, tellsPrincipal, isStopped });
  }

  /** Hands a connection over; its stand-in here is returned. */
  adopt(connection: EngineConnection, role: Trunk | ServiceEnd): LaneConnection {
    const number = freeFrom(this.#next, this.#connections);
    this.#next = number + 1;
    const trunk = "clients" in role ? this.#numberOf.get(role) : undefined;
    const service = "clients" in role ? undefined : role.number;
    const adopted = new LaneConnection(connection, { lane: this.#lane, number, service, role });
    this.#connections.set(number, adopted);
    if (trunk !== undefined) this.#trunkOf.set(adopted, trunk);
    const { idHigh, idLow, way, payloadMax, trafficClass, isDraining, peer, flows } = connection;
    const targetPrefix = "clients" in role || peer === undefined ? new Uint8Array() : proxyHeader(peer);
    const { quic, unsent: controlUnsent } = connection.handOver();
    const place = { idHigh, idLow, trunk, service, way, payloadMax, trafficClass };
    const more = { isUncut: flows.isUncut, isDraining, controlUnsent, targetPrefix, peer: peer ?? "" };
    this.#lane.adopt({ connection: number, quic, ...place, ...more });
    return adopted;
  }

  handleEvent(event: TransportLaneEvent, now: number): void {
    this.#loads.handleEvent();
    switch (event.kind) {
      case "waiting":
        return this.#clients.get(event.trunk)?.handleWaiting(event.areWaiting, now);
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
      if (trunk !== undefined) this.#clients.get(trunk)?.handleFull(this.#options.limits.streamsPerConnection, now);
    }
    connection.handleEvent(event, now);
    if (event.kind !== "left") return;
    this.#options.onLeft(connection);
    this.#connections.delete(event.connection);
    this.#trunkOf.delete(connection);
  }

  #handleOver({ connection, number, isService, ...over }: NativeStreamOver): void {
    const account = this.#accounts.of(number, isService)?.streams;
    const place = connection === undefined ? account?.route() : this.#connections.get(connection);
    if (place !== undefined) this.#options.access?.(place, { ...over, names: account?.fields ?? {} });
  }

  /** Has the accounts know what the thread has counted. */
  update(): void {
    this.#accounts.update(this.#lane.figures().accounts);
  }
}

/** The next number that is not in use. None of two billion comes again so soon that one thing would be taken for another. */
function freeFrom(next: number, used: ReadonlyMap<number, unknown>): number {
  const number = next % NUMBERS_END;
  return used.has(number) ? freeFrom(number + 1, used) : number;
}
