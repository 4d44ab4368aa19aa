import { Forwarder } from "@florenetes/cluster-flor/src/forwarding/forwarder.ts";
import type { LocalNetwork } from "@florenetes/cluster-flor/src/transport/streams/local-network.ts";
import { vertexToken } from "@florenetes/cluster-flor/src/transport/drivers/vertex-token.ts";
import { Transport } from "@florenetes/cluster-flor/src/transport/transport.ts";
import type { TransportDrivers, TransportOptions } from "@florenetes/cluster-flor/src/transport/transport-options.ts";
import { type Credentials, Revocations } from "@florenetes/identity";
import type { Logger } from "@florenetes/process-kit";
import { type EchoClient, echoService } from "./echo.ts";
import { MemorySocket } from "./memory-socket.ts";
import { SimLinks, type SimLinksObserver } from "./sim-links.ts";
import { nameOf } from "./sim-names.ts";
import { linkLabel, serviceLabel, type SimPlan } from "./sim-plan.ts";
import { identityOf, SimLife, type SimWorld } from "./sim-world.ts";

const nobody = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** The bytes of a node's service are changed by it. */
export const keyOf = (node: number): number => (node % 255) + 1;

/**
 * One life of a node: links, forwarding and transport as in the two programs, joined without FlorIO.
 *
 *     workloads in memory ═ Transport ═ Forwarder ═ SimLinks (Endpoint) ═ channels
 */
export class SimNode {
  readonly links: SimLinks;
  readonly transport: Transport;
  readonly #life: SimLife;

  constructor(world: SimWorld, plan: SimPlan, node: number, onDatagram: SimLinksObserver["onDatagram"]) {
    const life = new SimLife(world);
    this.#life = life;
    const name = nameOf(node);
    const config = configOf(plan, node);
    const drivers = driversOf(world, life, keyOf(node));
    const planned = plan.links[node]!;
    this.links = new SimLinks(world, life, node, planned, {
      onFrame: (link, frame) => forwarder.handleFrame(link, frame),
      onLinkUp: (link) => this.transport.handleLinkUp(link),
      onLinkSize: (link) => this.transport.handleLinkSize(link),
      onLinkWritable: (link) => this.transport.handleLinkWritable(link),
      onDatagram,
    });
    const forwarder = new Forwarder({
      config,
      output: this.links,
      delivery: {
        deliverToService: (...packet) => this.transport.deliverToService(...packet),
        deliverToConnection: (...packet) => this.transport.deliverToConnection(...packet),
        flush: () => this.transport.flush(),
      },
      afterTurn: (action) => life.soon(action),
      now: drivers.now,
      seed: world.random.below(2 ** 32),
      onGuessing: () => {},
    });
    const secret = world.random.bytes(32);
    this.transport = new Transport({
      config,
      credentials: credentialsOf(config),
      revocations: new Revocations({ isRequired: false, graceMs: 0 }),
      engine: world.engine,
      origin: forwarder,
      instance: {
        vertex: name,
        startedAt: world.wallClock().getTime(),
        id: Buffer.from(world.random.bytes(8)).toString("hex"),
      },
      vertexToken: (own, peer) => vertexToken(secret, own, peer),
      log: silent,
      drivers,
    });
    for (const tunnel of this.transport.tunnels) tunnel.handleListening({ port: 0, close: () => {} });
    this.transport.connect();
  }

  /** A workload connects to a tunnel of this node. */
  connect(tunnel: number, client: EchoClient): void {
    const { onConnection } = this.transport.tunnels[tunnel]!.listenOptions(this.transport.now);
    const socket = new MemorySocket(
      (action) => this.#life.soon(action),
      () => client,
    );
    onConnection(socket);
    client.start(socket);
  }

  /** Without a word to anybody, as a killed process. */
  kill(): void {
    this.#life.end();
  }
}

function configOf(
  plan: SimPlan,
  node: number,
): TransportOptions["config"] & ConstructorParameters<typeof Forwarder>[0]["config"] {
  const links = plan.links[node]!.map(({ peer, role }, link) => {
    return {
      name: nameOf(peer),
      label: linkLabel(link),
      portal: 0,
      role,
      peer: nameOf(peer),
      tag: "0",
      endpoint: undefined,
    };
  });
  const own = plan.tunnels.filter(({ from }) => from === node);
  return {
    cluster: "sim",
    expiryGraceMs: 0,
    links,
    transit: links.flatMap((_, left) => links.slice(left + 1).map((_, i) => [left, left + 1 + i] as const)),
    transitLimit: { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 },
    crossConnects: [],
    lspEnds: [],
    services: [
      {
        name: nameOf(node),
        label: serviceLabel,
        identity: `service/${nameOf(node)}`,
        target: nobody,
        allow: ["user/u"],
      },
    ],
    paths: own.map(({ to, link, labels }) => ({ name: `to-${nameOf(to)}`, link, labels, mtu: undefined })),
    tunnels: own.map(({ to }, path) => {
      return {
        name: `${path}`,
        listen: nobody,
        mode: undefined,
        owner: undefined,
        as: "user/u",
        service: nameOf(to),
        path,
      };
    }),
  };
}

function credentialsOf(config: TransportOptions["config"]): ReadonlyMap<string, Credentials> {
  const user: [string, Credentials] = ["user/u", identityOf("user", "u")];
  return new Map([
    user,
    ...config.services.map(({ name, identity }) => [identity, identityOf("service", name)] as const),
  ]);
}

function driversOf(world: SimWorld, life: SimLife, key: number): TransportDrivers {
  const soon = (action: () => void): void => life.soon(action);
  const local: LocalNetwork = {
    listen: () => Promise.reject(new Error("tunnels are connected to by SimNode.connect")),
    dial: (_address, _timeoutMs, dialled) => {
      let isGivenUp = false;
      soon(() => isGivenUp || dialled.handleConnected(new MemorySocket(soon, echoService(key))));
      return () => void (isGivenUp = true);
    },
    hasRoom: true,
    resetAll: () => {},
  };
  return {
    local,
    wakeUps: { soon, timer: (call) => life.timer(call) },
    now: () => world.now,
    wallClock: () => world.wallClock(),
    randomBytes: (length) => world.random.bytes(length),
  };
}
