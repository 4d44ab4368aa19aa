import { ConfigNumbers } from "@florenetes/cluster-flor/src/config/running-config.ts";
import assert from "node:assert";
import { ClusterVertex } from "@florenetes/cluster-flor/src/cluster-vertex.ts";
import type { VertexConfig } from "@florenetes/cluster-flor/src/config/cluster-config.ts";
import { PortableDataPlane } from "@florenetes/cluster-flor/src/data-plane/portable/portable-data-plane.ts";
import type { DatagramNetwork } from "@florenetes/cluster-flor/src/transport/datagrams/datagram-network.ts";
import type { ListenOptions, LocalNetwork } from "@florenetes/cluster-flor/src/transport/streams/local-network.ts";
import { nodeSealing } from "@florenetes/cluster-flor/src/trace/drivers/sealing.ts";
import { vertexToken } from "@florenetes/cluster-flor/src/transport/drivers/vertex-token.ts";
import { Code } from "@florenetes/cluster-flor/src/transport/codes.ts";
import { frameHandle } from "@florenetes/florio";
import type { Credentials } from "@florenetes/identity";
import type { Life } from "@florenetes/simkit";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import { MemorySocket } from "./memory-socket.ts";
import type { PacketWatch } from "./packet-watch.ts";
import { configOf } from "./sim-config.ts";
import { identityOf, revocations } from "./sim-identities.ts";
import { type PlannedService, type PlannedTunnel, type SimPlan, stranger, user } from "./sim-plan.ts";
import type { SimPortal } from "./sim-portal.ts";
import type { SimWorld } from "./sim-world.ts";
import type { Talk } from "./talk.ts";

export interface SimClusterVertexOptions {
  readonly plan: SimPlan;
  readonly node: number;
  readonly portals: readonly SimPortal[];
  readonly conversations: Conversations;
  readonly watch: PacketWatch;
}

/** A cluster-flor process from start to end. All that its rooms give each other is checked on the way. */
export class SimClusterVertex extends ClusterVertex {
  readonly #life: Life;
  readonly #config: VertexConfig;
  readonly #options: SimClusterVertexOptions;
  /** The listeners of the tunnels, in the order of the config. */
  readonly #listeners: readonly ListenOptions[];
  /** How many packets have come in over each link. */
  readonly #packetsIn: number[];

  constructor(world: SimWorld, life: Life, options: SimClusterVertexOptions) {
    const { plan, node, portals, conversations } = options;
    const config = configOf(plan, node);
    const listeners: ListenOptions[] = [];
    super({
      config: new ConfigNumbers().place(config),
      holdings: {
        credentials: credentialsOf(config),
        revocations,
        roots: undefined,
        watch() {},
        status: () => ({ certificates: [], revocation: null, trust: null }),
      },
      instance: world.newInstance(),
      // Every life of a vertex has this token, from its state directory.
      vertexToken: (own, peer) => vertexToken(Buffer.from(config.vertex.padEnd(32)), own, peer),
      sealing: nodeSealing((length) => world.random.bytes(length)),
      engine: world.engine,
      drivers: {
        ...world.timeOf(life),
        randomBytes: (length) => world.random.bytes(length),
        local: localNetworkOf(life, plan.services[node]!, conversations, listeners),
        datagrams: noDatagrams,
      },
      plane: new PortableDataPlane((portal, handlers) => {
        const { wire } = portals[config.portals.indexOf(portal)]!;
        wire.hold("cluster", life, handlers);
        return wire.pair.a;
      }),
      log: world.log(`cluster-flor ${config.vertex}`),
    });
    this.#life = life;
    this.#config = config;
    this.#options = options;
    this.#listeners = listeners;
    this.#packetsIn = config.links.map(() => 0);
    for (const tunnel of this.transport.tunnels) {
      void tunnel.listen();
      tunnel.handleListening({ port: 0, close: () => {} });
    }
    this.transport.connect();
  }

  override onFrame(link: number, frame: Uint8Array): void {
    const { node, portals, watch } = this.#options;
    const { portal, peer, tag } = this.#config.links[link]!;
    portals[portal]!.handles.checkTaken(frameHandle(frame), peer, tag);
    this.#packetsIn[link]! += watch.handleFrame(node, link, frame);
    super.onFrame(link, frame);
  }

  override deliverToService(service: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#options.watch.checkForService(this.#options.node, service, packet, start);
    super.deliverToService(service, packet, start, end, inLink);
  }

  override deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#options.watch.checkForConnection(this.#options.node, packet, start);
    super.deliverToConnection(packet, start, end, inLink);
  }

  /** Whether each packet that came in was counted once: as sent on, as delivered, or as dropped by one cause. */
  checkCounts(): void {
    const rows = this.connection.links.status((portal) => this.#config.portals[portal]?.name, 0);
    for (const [link, { packetsForwarded, packetsDelivered, drops }] of this.forwarder.snapshot().links.entries()) {
      const counted = Object.values(drops).reduce((sum, count) => sum + count, packetsForwarded + packetsDelivered);
      const came = this.#packetsIn[link]! + rows[link]!.offloadedIn;
      assert.strictEqual(counted, came, `packets counted of those that came in on link ${link}`);
    }
  }

  /** Connects a workload to a tunnel of this node. */
  connect(tunnel: PlannedTunnel, talk: Talk): Conversation {
    const conversation = this.#options.conversations.begin(tunnel, talk, this.#life);
    this.#life.take(() => {
      const { onConnection } = this.#listeners[tunnel.index]!;
      const socket = new MemorySocket(this.#life, conversation.client);
      onConnection(socket, () => undefined);
      conversation.client.start(socket);
    });
    return conversation;
  }
}

function credentialsOf({ services }: VertexConfig): ReadonlyMap<string, Credentials> {
  const users = [user, stranger].map((name) => [`user/${name}`, identityOf("user", name)] as const);
  return new Map<string, Credentials>([
    ...users,
    ...services.map(({ name, identity }) => [identity, identityOf("service", name)] as const),
  ]);
}

/** Simulated workloads speak in streams. */
const noDatagrams: DatagramNetwork = {
  listen: () => Promise.reject(new Error("the simulation has no UDP sockets")),
  connect: (_target, _timeoutMs, user) => {
    user.handleFailed(Code.targetDown, "the simulation has no UDP sockets");
    return () => {};
  },
};

/** @param listeners takes the listeners that are opened: `SimClusterVertex.connect` connects to them */
function localNetworkOf(
  life: Life,
  services: readonly PlannedService[],
  conversations: Conversations,
  listeners: ListenOptions[],
): LocalNetwork {
  return {
    listen: (options) => {
      listeners.push(options);
      return Promise.resolve({ port: 0, close: () => {} });
    },
    dial: (address, _timeoutMs, dialled) => {
      const service = services.find(({ port }) => address.kind === "tcp" && port === address.port)!;
      return life.soon(() => {
        if (service.isDown) dialled.handleFailed(Code.targetDown, "ECONNREFUSED");
        else dialled.handleConnected(conversations.answer(service, life));
      });
    },
    hasRoom: true,
    filesTaken: 0,
    resetAll: () => {},
  };
}
