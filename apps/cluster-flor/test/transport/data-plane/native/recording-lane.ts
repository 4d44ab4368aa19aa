import assert from "node:assert";
import type { NativeAccountFigures, NativeEndFigures } from "@florenetes/data-plane";
import { connectionHighOf, connectionLowOf, payloadOf } from "@florenetes/forwarding";
import { NativePlane } from "../../../../src/transport/data-plane/native/native-plane.ts";
import type { OpenTransportPlane } from "../../../../src/transport/data-plane/transport-plane.ts";
import { LaneStreams, type StreamOrders } from "../../../../src/transport/data-plane/native/lane-streams.ts";
import type {
  EndAdoption,
  LaneServing,
  TransportLane,
  TransportLaneEvent,
} from "../../../../src/transport/data-plane/native/transport-lane.ts";
import { PACKET_BUFFER_SIZE, PacketSender, type Way } from "../../../../src/transport/packets/packet-sender.ts";
import type { Listener } from "../../../../src/transport/streams/local-network.ts";
import { Transport } from "../../../../src/transport/transport.ts";

/** A data thread that lets handshakes come to their end, and does nothing else: it keeps its orders, and tells the figures that a
 *  test puts there. */
export class RecordingLane implements TransportLane {
  readonly adopted: EndAdoption[] = [];
  /** All other orders: the name and the arguments. */
  readonly orders: unknown[][] = [];
  readonly connections: Map<number, NativeEndFigures> = new Map();
  accounts: readonly NativeAccountFigures[] = [];
  drops: Readonly<Record<string, number>> = {};
  /** The transport of the vertex. */
  transport: Transport | undefined;
  #plane: NativePlane | undefined;
  /** Has the transport of a vertex hand its connections over to this thread. */
  readonly openPlane: OpenTransportPlane = (host) => {
    assert(host instanceof Transport);
    this.transport = host;
    return (this.#plane = new NativePlane(this, host));
  };

  /** Tells the vertex an event. */
  tell(event: TransportLaneEvent): void {
    this.#plane!.handleEvent(event);
  }

  /** Streams whose orders are kept among the others. */
  readonly streams: LaneStreams = new LaneStreams(
    {
      openStream: (...order) => void this.orders.push(["openStream", ...order]),
      answerStream: (...order) => void this.orders.push(["answerStream", ...order]),
      writeStream: (...order) => void this.orders.push(["writeStream", ...order]),
      endStream: (...order) => void this.orders.push(["endStream", ...order]),
      takeStream: (...order) => void this.orders.push(["takeStream", ...order]),
      acknowledgeStream: (...order) => void this.orders.push(["acknowledgeStream", ...order]),
      resetStream: (...order) => void this.orders.push(["resetStream", ...order]),
      sendDatagrams: (...order) => this.orders.push(["sendDatagrams", ...order]) > 0,
      readSession: (...order) => this.orders.push(["readSession", ...order]) > 0,
      joinFlow: (...order) => void this.orders.push(["joinFlow", ...order]),
      partFlow: (...order) => void this.orders.push(["partFlow", ...order]),
      takeSession: (...order) => void this.orders.push(["takeSession", ...order]),
      leaveSession: (...order) => void this.orders.push(["leaveSession", ...order]),
    },
    (call) => this.transport!.soon(call),
  );

  /** The arguments of each order of that name. */
  ordered(name: keyof TransportLane | keyof StreamOrders): unknown[][] {
    return this.orders.filter(([given]) => given === name).map(([, ...rest]) => rest);
  }

  adopt(adoption: EndAdoption): void {
    this.adopted.push(adoption);
    this.orders.push(["adopt", adoption.connection]);
    this.#transmit(adoption);
  }

  deliverPacket(inLink: number, service: number | undefined, packet: Uint8Array): void {
    this.orders.push(["deliverPacket", inLink, service, packet.slice()]);
    const adoption = this.adopted.find(
      ({ idHigh, idLow }) => idHigh === connectionHighOf(packet, 0) && idLow === connectionLowOf(packet, 0),
    );
    adoption?.quic.handleDatagram(packet.slice(payloadOf(packet, 0)), this.transport!.now());
    if (adoption !== undefined) this.#transmit(adoption);
  }

  sendControl(connection: number, bytes: Uint8Array): void {
    this.orders.push(["sendControl", connection, bytes]);
  }

  setWay(connection: number, way: Way): void {
    this.orders.push(["setWay", connection, way]);
  }

  shrink(connection: number, payloadMax: number): void {
    this.orders.push(["shrink", connection, payloadMax]);
  }

  drain(connection: number): void {
    this.orders.push(["drain", connection]);
  }

  close(connection: number, code: number, reason: string, isRepeated: boolean): void {
    this.orders.push(["close", connection, code, reason, isRepeated]);
  }

  /** Figures of what the thread carries. */
  load = { streamsUntold: 0, memoryHeld: 0, workloads: 0, filesTaken: 0 };
  waitedMs = 0;
  /** How often the vertex has asked for figures. */
  asked = 0;

  abandon(connection: number, code: number, reason: string): void {
    this.orders.push(["abandon", connection, code, reason]);
  }

  repeatClose(connection: number): void {
    this.orders.push(["repeatClose", connection]);
  }

  listen(tunnel: number, trunk: number): Promise<Listener> {
    this.orders.push(["listen", tunnel, trunk]);
    return Promise.resolve({ port: 1, close: () => this.orders.push(["stopListening", tunnel]) });
  }

  setConnectWait(account: number, waitMs: number): void {
    this.orders.push(["setConnectWait", account, waitMs]);
  }

  setUnreachable(trunk: number, isUnreachable: boolean): void {
    this.orders.push(["setUnreachable", trunk, isUnreachable]);
  }

  setCurrent(trunk: number, connection: number | undefined): void {
    this.orders.push(["setCurrent", trunk, connection]);
  }

  setBeside(trunk: number, connections: readonly number[]): void {
    this.orders.push(["setBeside", trunk, connections]);
  }

  hold(trunk: number, connection: number): void {
    this.orders.push(["hold", trunk, connection]);
  }

  refuseWaiting(trunk: number, code: number, text: string): void {
    this.orders.push(["refuseWaiting", trunk, code, text]);
  }

  listenDatagrams(tunnel: number, trunk: number, address: unknown): Promise<Listener> {
    this.orders.push(["listenDatagrams", tunnel, trunk, address]);
    return Promise.resolve({ port: 1, close: () => this.orders.push(["stopListening", tunnel]) });
  }

  setGrant(service: number, until: number | undefined): void {
    this.orders.push(["setGrant", service, until]);
  }

  leadTunnel(tunnel: number, trunk: number): void {
    this.orders.push(["leadTunnel", tunnel, trunk]);
  }

  leadOwn(account: number, former: number, trunk: number): void {
    this.orders.push(["leadOwn", account, former, trunk]);
  }

  setService(service: number, target: unknown, serving: LaneServing): void {
    this.orders.push(["setService", service, target, serving]);
  }

  setOwnService(service: number, serving: LaneServing): void {
    this.orders.push(["setOwnService", service, serving]);
  }

  forgetService(service: number): void {
    this.orders.push(["forgetService", service]);
  }

  forgetAccount(account: number): void {
    this.orders.push(["forgetAccount", account]);
  }

  forgetTrunk(trunk: number): void {
    this.orders.push(["forgetTrunk", trunk]);
  }

  figures(): ReturnType<TransportLane["figures"]> {
    this.asked++;
    return { connections: this.connections, accounts: this.accounts, ...this.load, drops: this.drops };
  }

  /** Sends a packet of a connection that was handed over. */
  ping(adoption: EndAdoption): void {
    adoption.quic.ping();
    this.#transmit(adoption);
  }

  #transmit({ quic, ...place }: EndAdoption): void {
    const { origin, now } = this.transport!;
    const out = new Uint8Array(PACKET_BUFFER_SIZE);
    new PacketSender(origin, out, { ...place, carriage: place }).send(quic, 16, false, now());
  }
}
