/** Workloads and targets of the tests of datagrams. */
import type { ClientAddress } from "../../../src/transport/datagrams/datagram-network.ts";
import { pair, type Pair } from "./mesh.ts";
import type { TransportWorld, WorkloadUdp } from "../worlds/world.ts";

/** A workload that sends, and remembers what comes. */
export class UdpClient {
  readonly received: Buffer[] = [];
  readonly #port: number;
  #socket: WorkloadUdp | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** @param address The address that the client seems to have; for worlds with several machines. */
  static async open(world: TransportWorld, port: number, address?: string): Promise<UdpClient> {
    const client = new UdpClient(port);
    const take = (bytes: Uint8Array): void => void client.received.push(Buffer.from(bytes));
    client.#socket = await world.datagramSocket(take, 0, address);
    return client;
  }

  send(bytes: Uint8Array | string): void {
    this.#socket!.send(Buffer.from(bytes), { port: this.#port });
  }
}

/** A target that answers each datagram with the same bytes behind a word. Returns its socket, and the addresses that have asked. */
export async function echoDatagrams(
  world: TransportWorld,
  word = "",
): Promise<{ socket: WorkloadUdp; askers: ClientAddress[] }> {
  const askers: ClientAddress[] = [];
  const socket: WorkloadUdp = await world.datagramSocket((bytes, from) => {
    askers.push(from);
    socket.send(Buffer.concat([Buffer.from(word), bytes]), from);
  });
  return { socket, askers };
}

/** Two vertices: a tunnel of datagrams on a, which leads to a service on b with its target at that port of loopback. */
export async function datagramPair(world: TransportWorld, port: number, flowIdleMs = 10_000): Promise<Pair> {
  const target = { kind: "udp", host: "127.0.0.1", port } as const;
  const tunnel = { as: "user/alice", service: "web", path: 0 };
  return await pair(world, target, {
    a: { tunnels: [{ ...tunnel, listen: { kind: "udp", host: "127.0.0.1", port: 0 } }] },
    b: { services: [{ name: "web", label: 900, target, flowIdleMs }] },
  });
}
