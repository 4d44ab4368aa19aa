import type { ConnectionService } from "@florenetes/cluster-flor/src/connection/connection-service.ts";
import { Forwarder } from "@florenetes/cluster-flor/src/forwarding/forwarder.ts";
import type { LocalNetwork } from "@florenetes/cluster-flor/src/transport/streams/local-network.ts";
import { vertexToken } from "@florenetes/cluster-flor/src/transport/drivers/vertex-token.ts";
import { Transport } from "@florenetes/cluster-flor/src/transport/transport.ts";
import type { TransportDrivers, TransportOptions } from "@florenetes/cluster-flor/src/transport/transport-options.ts";
import type { FlorioPort } from "@florenetes/florio";
import type { Credentials } from "@florenetes/identity";
import { type EchoClient, echoService } from "./echo.ts";
import { MemorySocket } from "./memory-socket.ts";
import { startConnection } from "./portal-ends.ts";
import { configOf, user } from "./sim-config.ts";
import type { SimLife } from "./sim-life.ts";
import type { SimPlan } from "./sim-plan.ts";
import { identityOf, revocations } from "./sim-identities.ts";
import type { SimWorld } from "./sim-world.ts";

/** The bytes of a node's service are changed by it. */
export const keyOf = (node: number): number => (node % 255) + 1;

/** One life of cluster-flor: its rooms, joined as `ClusterVertex` joins them. */
export class SimClusterVertex {
  readonly connection: ConnectionService;
  readonly forwarder: Forwarder;
  readonly transport: Transport;
  readonly #life: SimLife;

  constructor(world: SimWorld, life: SimLife, plan: SimPlan, node: number, ports: readonly FlorioPort[]) {
    this.#life = life;
    const config = configOf(plan, node);
    const drivers = driversOf(world, life, keyOf(node));
    const instance = world.newInstance();
    const log = world.log(`cluster-flor ${config.vertex}`);
    const handlers = {
      onFrame: (link: number, frame: Uint8Array) => this.forwarder.handleFrame(link, frame),
      onLinkUp: (link: number) => this.transport.handleLinkUp(link),
      onLinkSize: (link: number) => this.transport.handleLinkSize(link),
      onLinkWritable: (link: number) => this.transport.handleLinkWritable(link),
    };
    this.connection = startConnection(world.scheduler, life, { config, instance, log, handlers }, ports);
    this.forwarder = new Forwarder({
      config,
      output: this.connection.links,
      delivery: {
        deliverToService: (...packet) => this.transport.deliverToService(...packet),
        deliverToConnection: (...packet) => this.transport.deliverToConnection(...packet),
        flush: () => this.transport.flush(),
      },
      afterTurn: (action) => void life.soon(action),
      now: drivers.now,
      seed: world.random.below(2 ** 32),
      onGuessing: () => {},
    });
    const secret = world.random.bytes(32);
    this.transport = new Transport({
      config,
      credentials: credentialsOf(config),
      revocations,
      engine: world.engine,
      origin: this.forwarder,
      instance: { ...instance, vertex: config.vertex },
      vertexToken: (own, peer) => vertexToken(secret, own, peer),
      log,
      drivers,
    });
    for (const tunnel of this.transport.tunnels) tunnel.handleListening({ port: 0, close: () => {} });
    this.transport.connect();
  }

  /** A workload connects to a tunnel of this node. */
  connect(tunnel: number, client: EchoClient): void {
    this.#life.take(() => {
      const { onConnection } = this.transport.tunnels[tunnel]!.listenOptions(this.transport.now);
      const socket = new MemorySocket(
        (action) => void this.#life.soon(action),
        () => client,
      );
      onConnection(socket);
      client.start(socket);
    });
  }
}

function credentialsOf(config: TransportOptions["config"]): ReadonlyMap<string, Credentials> {
  const ofUser: [string, Credentials] = [user, identityOf("user", "u")];
  return new Map([
    ofUser,
    ...config.services.map(({ name, identity }) => [identity, identityOf("service", name)] as const),
  ]);
}

function driversOf(world: SimWorld, life: SimLife, key: number): TransportDrivers {
  const soon = (action: () => void): void => void life.soon(action);
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
