import { randomBytes } from "node:crypto";
import {
  type NativeCluster,
  type NativeClusterEvent,
  type NativeClusterFigures,
  type NativePortEvent,
  openDataPlane,
  readClusterEvents,
} from "@florenetes/data-plane";
import {
  FLORIO_ERRORS,
  FlorioError,
  type FlorioErrorCode,
  type FlorioHandlers,
  type FlorioPort,
} from "@florenetes/florio";
import { openFilesMax } from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/timing";
import type { PortalConfig, VertexConfig } from "../../config/cluster-config.ts";
import type { LinkCarrier } from "../../connection/links.ts";
import { defaultLimits, FILES_RESERVED } from "../../transport/limits.ts";
import type { VertexLane, VertexLaneHandlers } from "../../vertex-lane.ts";
import { tableEntries } from "../table-entries.ts";
import { LanePort } from "./lane-port.ts";
import { LaneTransport } from "./lane-transport.ts";

/** How often it is looked whether the thread goes on. */
const WATCH_MS = 1_000;
/** Figures are asked for one after the other for all connections: within this time the thread is not asked again. */
const FIGURES_AGE_MAX_MS = 10;
/** Where the system does not say how many files a process may open. */
const WORKLOADS_MAX = 1_000_000;

const noFigures: NativeClusterFigures = {
  ports: [],
  links: [],
  ownDrops: [],
  pairs: [],
  entries: new Float64Array(0),
  connections: [],
  accounts: [],
  drops: {
    packetsNoLink: 0,
    packetsUntold: 0,
    wrongService: 0,
    connectionOver: 0,
    unauthenticated: 0,
    messagesUntold: 0,
  },
  memoryHeld: 0,
};

/** An answer of the thread that is waited for. */
interface Opening {
  readonly done: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * The data thread, which has the FlorIO ports, the workloads, and the connections that are up. It rings when it has something to tell;
 * that is then taken in one piece.
 */
export class DataLane implements VertexLane {
  readonly transport: LaneTransport;
  readonly carrier: LinkCarrier;
  readonly #native: NativeCluster;
  readonly #time: ProcessTime;
  readonly #watch: WakeUpTimer;
  readonly #opening: (Opening | undefined)[] = [];
  readonly #ports: (LanePort | undefined)[] = [];
  /** News of ports that nobody has joined yet. */
  readonly #early: NativePortEvent[] = [];
  #handlers: VertexLaneHandlers | undefined;
  #figures: NativeClusterFigures = noFigures;
  #figuresAt = -Infinity;

  /** Starts the thread. Throws where the system has none for us. To be called where the native engine is in use. */
  constructor(config: VertexConfig, time: ProcessTime) {
    const plane = openDataPlane();
    if (plane.kind === "absent") throw new Error(plane.reason);
    const { now, wakeUps } = time;
    const settings = {
      limits: { ...defaultLimits, ...config.transport },
      ...config.transitLimit,
      seed: new Uint8Array(randomBytes(12)),
      workloadsMax: Math.max(1, (openFilesMax() ?? WORKLOADS_MAX) - FILES_RESERVED),
    };
    const native = new plane.addon.NativeCluster(now(), settings, () => this.#takeEvents());
    this.#native = native;
    this.#time = time;
    this.transport = new LaneTransport(native, () => this.figures());
    this.carrier = {
      setLink: (link, { portal, handle, mtu, preferredMtu, isCongested }) => {
        native.setLink(link, portal, handle, mtu, preferredMtu, isCongested);
      },
    };
    native.setTable(tableEntries(config));
    this.#watch = wakeUps.timer(() => this.#watchThread());
    this.#watch.set(now() + WATCH_MS);
  }

  /** Binds the FlorIO ports. Rejects with FlorioError. */
  async openPorts(portals: readonly PortalConfig[]): Promise<void> {
    for (const [number, { bind, connect }] of portals.entries()) {
      await new Promise<void>((done, fail) => {
        this.#opening[number] = { done, fail };
        this.#native.openPort(number, bind, connect);
      });
    }
  }

  /** The port of a portal, which was opened by `openPorts`. */
  joinPort(number: number, handlers: FlorioHandlers): FlorioPort {
    const port = new LanePort(this.#native, number, handlers, () => this.figures().ports[number]);
    this.#ports[number] = port;
    // Not before the caller has the port.
    this.#time.wakeUps.soon(() => {
      for (const event of this.#early) if (event.port === number) port.handleEvent(event);
    });
    return port;
  }

  join(handlers: VertexLaneHandlers): void {
    this.#handlers = handlers;
  }

  figures(): NativeClusterFigures {
    const now = this.#time.now();
    if (now - this.#figuresAt >= FIGURES_AGE_MAX_MS) {
      this.#figures = this.#native.figures() ?? this.#figures;
      this.#figuresAt = this.#time.now();
    }
    return this.#figures;
  }

  /** Stops the thread, once it has carried out its orders. Workloads that are still connected get a reset. */
  [Symbol.dispose](): void {
    this.#watch.close();
    this.#native.close();
  }

  #watchThread(): void {
    this.#native.watch();
    this.#native.flush();
    this.#watch.set(this.#time.now() + WATCH_MS);
  }

  #takeEvents(): void {
    const batch = this.#native.takeEvents();
    // The thread has had a turn, and may have room again for orders that had to wait.
    this.#native.flush();
    if (batch === null) return;
    if (!readClusterEvents(batch, (event) => this.#handleEvent(event))) {
      throw new Error("the data thread tells an event of no kind that is known");
    }
    this.#handlers?.onLaneTurnEnd();
  }

  #handleEvent(event: NativeClusterEvent): void {
    switch (event.kind) {
      case "portOpened":
        return this.#opening[event.port]?.done();
      case "portFailed":
        return this.#opening[event.port]?.fail(florioError(event.code, event.text));
      case "message":
      case "portConnected":
      case "portDisconnected":
      case "portWritable":
      case "portVersion":
        return this.#handlePortEvent(event);
      case "packet":
        return this.#handlers?.onLanePacket(event.inLink, event.service, event.bytes, event.isGuessing);
      case "guessing":
        return this.#handlers?.onLaneGuessing(event.link);
      case "listening":
      case "listenFailed":
        return this.transport.handleListening(event);
      case "resolve":
        return void this.transport.resolve(event.service);
      default:
        this.#handlers?.onTransportEvent(event);
    }
  }

  #handlePortEvent(event: NativePortEvent): void {
    const port = this.#ports[event.port];
    if (port === undefined) this.#early.push(event);
    else port.handleEvent(event);
  }
}

function florioError(code: string, text: string): FlorioError {
  return new FlorioError(code in FLORIO_ERRORS ? (code as FlorioErrorCode) : "ERR_FLORIO_SOCKET", text);
}
