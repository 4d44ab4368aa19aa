import assert from "node:assert";
import type { ConnectionService } from "@florenetes/cluster-flor/src/connection/connection-service.ts";
import { Forwarder } from "@florenetes/cluster-flor/src/forwarding/forwarder.ts";
import type { LocalNetwork } from "@florenetes/cluster-flor/src/transport/streams/local-network.ts";
import { vertexToken } from "@florenetes/cluster-flor/src/transport/drivers/vertex-token.ts";
import { Transport } from "@florenetes/cluster-flor/src/transport/transport.ts";
import type { TransportDrivers, TransportOptions } from "@florenetes/cluster-flor/src/transport/transport-options.ts";
import { frameHandle } from "@florenetes/florio";
import type { Credentials } from "@florenetes/identity";
import type { Life } from "@florenetes/simkit";
import type { Conversation } from "./conversation.ts";
import type { Conversations } from "./conversations.ts";
import { MemorySocket } from "./memory-socket.ts";
import type { PacketWatch } from "./packet-watch.ts";
import { startConnection } from "./portal-ends.ts";
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

/** One life of cluster-flor: its rooms, joined as `ClusterVertex` joins them. */
export class SimClusterVertex {
  readonly connection: ConnectionService;
  readonly forwarder: Forwarder;
  readonly transport: Transport;
  readonly #life: Life;
  readonly #conversations: Conversations;
  /** How many packets have come in over each link. */
  readonly #packetsIn: number[];

  constructor(world: SimWorld, life: Life, options: SimClusterVertexOptions) {
    const { plan, node, portals, conversations, watch } = options;
    this.#life = life;
    this.#conversations = conversations;
    this.#packetsIn = plan.links[node]!.map(() => 0);
    const config = configOf(plan, node);
    const drivers = driversOf(world, life, plan.services[node]!, conversations);
    const instance = world.newInstance();
    const log = world.log(`cluster-flor ${config.vertex}`);
    const handlers = {
      onFrame: (link: number, frame: Uint8Array) => {
        const { portal, peer, tag } = config.links[link]!;
        portals[portal]!.handles.checkTaken(frameHandle(frame), peer, tag);
        this.#packetsIn[link]! += watch.handleFrame(node, link, frame);
        this.forwarder.handleFrame(link, frame);
      },
      onLinkUp: (link: number) => this.transport.handleLinkUp(link),
      onLinkSize: (link: number) => this.transport.handleLinkSize(link),
      onLinkWritable: (link: number) => this.transport.handleLinkWritable(link),
    };
    const ports = portals.map(({ wire }) => wire.pair.a);
    this.connection = startConnection(world.scheduler, life, { config, instance, log, handlers }, ports);
    this.forwarder = new Forwarder({
      config,
      output: this.connection.links,
      delivery: watch.deliveryOf(node, {
        deliverToService: (...packet) => this.transport.deliverToService(...packet),
        deliverToConnection: (...packet) => this.transport.deliverToConnection(...packet),
        handleFrameEnd: () => this.transport.handleFrameEnd(),
      }),
      afterTurn: (action) => void life.soon(action),
      now: drivers.now,
      seed: world.random.below(2 ** 32),
      onGuessing: () => {},
    });
    // Every life of a vertex has it, from its state directory.
    const secret = Buffer.from(config.vertex.padEnd(32));
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

  /** Whether each packet that came in was counted once: as sent on, as delivered, or as dropped by one cause. */
  checkCounts(): void {
    for (const [link, { packetsForwarded, packetsDelivered, drops }] of this.forwarder.snapshot().links.entries()) {
      const counted = Object.values(drops).reduce((sum, count) => sum + count, packetsForwarded + packetsDelivered);
      assert.strictEqual(counted, this.#packetsIn[link], `packets counted of those that came in on link ${link}`);
    }
  }

  /** A workload connects to a tunnel of this node. */
  connect(tunnel: PlannedTunnel, talk: Talk): Conversation {
    const conversation = this.#conversations.begin(tunnel, talk, this.#life);
    this.#life.take(() => {
      const { onConnection } = this.transport.tunnels[tunnel.index]!.listenOptions(this.transport.now);
      const socket = new MemorySocket(this.#life, conversation.client);
      onConnection(socket);
      conversation.client.start(socket);
    });
    return conversation;
  }
}

function credentialsOf(config: TransportOptions["config"]): ReadonlyMap<string, Credentials> {
  const users = [user, stranger].map((name) => [`user/${name}`, identityOf("user", name)] as const);
  return new Map<string, Credentials>([
    ...users,
    ...config.services.map(({ name, identity }) => [identity, identityOf("service", name)] as const),
  ]);
}

function driversOf(
  world: SimWorld,
  life: Life,
  services: readonly PlannedService[],
  conversations: Conversations,
): TransportDrivers {
  const soon = (action: () => void): void => void life.soon(action);
  const local: LocalNetwork = {
    listen: () => Promise.reject(new Error("tunnels are connected to by SimNode.connect")),
    dial: (address, _timeoutMs, dialled) => {
      const service = services.find(({ port }) => address.kind === "tcp" && port === address.port)!;
      return life.soon(() => {
        if (service.isDown) dialled.handleFailed(false, "ECONNREFUSED");
        else dialled.handleConnected(conversations.answer(service, life));
      });
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
