import { randomBytes } from "node:crypto";
import {
  DataThread,
  type NativeCluster,
  type NativeClusterFigures,
  type NativePortFigures,
  RecentFigures,
  readClusterEvents,
} from "@florenetes/data-plane";
import { type FlorioHandlers, type FlorioPort, ThreadPort } from "@florenetes/florio";
import { openFilesMax } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/timing";
import type { PortalConfig } from "../../../config/cluster-config.ts";
import type { RunningConfig } from "../../../config/running-config.ts";
import type { LinkCarrier } from "../../../connection/links.ts";
import type { ForwardingConfig } from "../../../forwarding/forwarding-config.ts";
import { defaultLimits, FILES_RESERVED } from "../../../transport/limits.ts";
import type { VertexLane, VertexLaneHandlers } from "../../data-plane.ts";
import { tellEvent } from "../lane-events.ts";
import { LanePorts } from "../lane-ports.ts";
import { noFigures } from "../no-figures.ts";
import { tableEntries } from "../table-entries.ts";
import { LaneTransport } from "./lane-transport.ts";

/** Where the system does not say how many files a process may open. */
const WORKLOADS_MAX = 1_000_000;

/**
 * The data thread, which has the FlorIO ports, the workloads, and the connections that are up. It rings when it has something to tell;
 * that is then taken in one piece.
 */
export class DataLane implements VertexLane {
  readonly transport: LaneTransport;
  readonly carrier: LinkCarrier;
  readonly #thread: DataThread<NativeCluster>;
  readonly #figures: RecentFigures<NativeClusterFigures>;
  readonly #ports: LanePorts;
  #handlers: VertexLaneHandlers | undefined;

  /** Starts the thread, which tells of each stream that is over where that is wanted. Throws where the system has none for us. To be called where the native engine is in use. */
  constructor(config: RunningConfig, time: ProcessTime, tellsStreams = false) {
    const workloadsMax = Math.max(1, (openFilesMax() ?? WORKLOADS_MAX) - FILES_RESERVED);
    const settings = {
      limits: { ...defaultLimits, ...config.transport },
      ...config.transitLimit,
      seed: new Uint8Array(randomBytes(12)),
      workloadsMax,
      tellsStreams,
    };
    this.#ports = new LanePorts((call) => time.wakeUps.soon(call));
    this.#thread = new DataThread({
      time,
      start: ({ NativeCluster: Cluster }, now, bell) => new Cluster(now, settings, bell),
      onEvents: (batch) => this.#handleEvents(batch),
    });
    const { native } = this.#thread;
    this.#figures = new RecentFigures(time.now, () => native.figures(), noFigures);
    const soon = (call: () => void): void => time.wakeUps.soon(call);
    this.transport = new LaneTransport(native, { recent: this.#figures, workloadsMax, soon });
    this.carrier = {
      setLink: (link, { portal, handle, mtu, preferredMtu, congestedClasses }) => {
        native.setLink(link, portal, handle, mtu, preferredMtu, congestedClasses);
      },
    };
    this.setTable(config);
  }

  setTable(config: ForwardingConfig): void {
    const { packetsPerSecond, bytesPerSecond } = config.transitLimit;
    this.#thread.native.setTable(tableEntries(config), packetsPerSecond, bytesPerSecond);
  }

  /** Has the thread open the port of a portal, which knows it by the portal's number. */
  openPort(number: number, { bind, connect }: PortalConfig, handlers: FlorioHandlers): FlorioPort {
    const thread = this.#thread.native;
    const figures = (): NativePortFigures | undefined =>
      this.figures().ports.find(({ port }) => port === number)?.figures;
    const onClosed = (): void => this.#ports.leave(number);
    const port = new ThreadPort({ thread, number, handlers, figures, onClosed });
    this.#ports.join(number, port);
    thread.openPort(number, bind, connect);
    return port;
  }

  join(handlers: VertexLaneHandlers): void {
    this.#handlers = handlers;
  }

  figures(): NativeClusterFigures {
    return this.#figures.read();
  }

  /** Whether the thread goes on, as `DataThread.isAnswering` says. */
  isAnswering(): boolean {
    return this.#thread.isAnswering();
  }

  /** Stops the thread, once it has carried out its orders. Workloads that are still connected get a reset. */
  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  #handleEvents(batch: Uint8Array): boolean {
    const hearers = { ports: this.#ports, transport: this.transport, handlers: this.#handlers };
    const isWhole = readClusterEvents(batch, (event) => tellEvent(event, hearers));
    this.#handlers?.onLaneTurnEnd();
    return isWhole;
  }
}
