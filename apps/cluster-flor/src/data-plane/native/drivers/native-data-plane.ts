import { randomBytes } from "node:crypto";
import {
  DataThread,
  type NativeCluster,
  type NativeClusterFigures,
  type NativePortFigures,
  RecentFigures,
  readClusterEvents,
  readClusterFigures,
} from "@florenetes/data-plane";
import { ThreadPort } from "@florenetes/florio";
import { openFilesMax } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { CarriedLink, OpenPort } from "../../../connection/link-plane.ts";
import { defaultLimits, FILES_RESERVED } from "../../../transport/limits.ts";
import { NativePlane } from "../../../transport/data-plane/native/native-plane.ts";
import type { TransportPlaneHost } from "../../../transport/data-plane/transport-plane.ts";
import type { CarriedConfig, DataPlane, DataPlaneHandlers } from "../../data-plane.ts";
import { tellEvent } from "../lane-events.ts";
import { LanePorts } from "../lane-ports.ts";
import { noFigures } from "../../no-figures.ts";
import { tableEntries } from "../table-entries.ts";
import { LaneTransport } from "./lane-transport.ts";

/** The most workloads when the system tells no limit of open files. */
const WORKLOADS_MAX = 1_000_000;

/**
 * The data thread, which has the FlorIO ports, the workloads, and the connections that are up. The thread signals new
 * events; all of them are then taken at once.
 */
export class NativeDataPlane implements DataPlane {
  readonly isPortRepeating = true;
  readonly #transport: LaneTransport;
  readonly #thread: DataThread<NativeCluster>;
  readonly #figures: RecentFigures<NativeClusterFigures>;
  readonly #ports: LanePorts;
  #plane: NativePlane | undefined;
  #handlers: DataPlaneHandlers | undefined;

  /** Starts the thread. Call this only if the native engine is in use. Throws if the system gives no thread. */
  constructor(config: CarriedConfig, time: ProcessTime, tellsStreams = false) {
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
    this.#figures = new RecentFigures(time.now, () => readClusterFigures(native.figures()), noFigures);
    const soon = (call: () => void): void => time.wakeUps.soon(call);
    this.#transport = new LaneTransport(native, { recent: this.#figures, workloadsMax, soon });
    this.reconfigure(config);
  }

  openTransportPlane(host: TransportPlaneHost, handlers: DataPlaneHandlers): NativePlane {
    this.#handlers = handlers;
    return (this.#plane = new NativePlane(this.#transport, host));
  }

  setLink(link: number, { portal, handle, mtu, preferredMtu, congestedClasses }: CarriedLink): void {
    this.#thread.native.setLink(link, portal, handle, mtu, preferredMtu, congestedClasses);
  }

  reconfigure(config: CarriedConfig): void {
    const { packetsPerSecond, bytesPerSecond } = config.transitLimit;
    this.#thread.native.setTable(tableEntries(config), packetsPerSecond, bytesPerSecond);
    this.#thread.native.setStreamsPerConnection(config.transport.streamsPerConnection);
  }

  /** Makes the thread open the port of a portal, under the portal's number. */
  readonly openPort: OpenPort = ({ bind, connect }, handlers, number) => {
    const thread = this.#thread.native;
    const figures = (): NativePortFigures | undefined =>
      this.figures().ports.find(({ port }) => port === number)?.figures;
    const onClosed = (): void => this.#ports.leave(number);
    const port = new ThreadPort({ thread, number, handlers, figures, onClosed });
    this.#ports.join(number, port);
    thread.openPort(number, bind, connect);
    return port;
  };

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
    const hearers = { ports: this.#ports, transport: this.#transport, handlers: this.#handlers, plane: this.#plane };
    this.#plane?.beginTurn();
    const isWhole = readClusterEvents(batch, (event) => tellEvent(event, hearers));
    this.#handlers?.onTurnEnd();
    return isWhole;
  }
}
