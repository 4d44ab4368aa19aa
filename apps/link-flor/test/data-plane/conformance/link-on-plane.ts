import { newInstance } from "@florenetes/wire-values";
import { type EventFields, type Logger, MetricsEndpoint, type ReloadOutcome } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import type { LinkFlorStatus } from "../../../src/admin/link-status.ts";
import { loadLinkConfig } from "../../../src/config/link-config-file.ts";
import { joinLinkVertex, type LinkVertex } from "../../../src/drivers/link-vertex.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import type { DataPlaneSubject } from "./subject.ts";
import { type ClusterSetting, type LinkSettings, TestedLink } from "./tested-link.ts";

/** A link vertex in this process, on a data plane that is judged. */
export class LinkOnPlane extends TestedLink {
  readonly #subject: DataPlaneSubject;
  #running: (LinkVertex & Disposable) | undefined;

  private constructor(subject: DataPlaneSubject, clusters: readonly ClusterSetting[], settings: LinkSettings) {
    super(clusters, settings);
    this.#subject = subject;
  }

  static start(
    subject: DataPlaneSubject,
    clusters: readonly ClusterSetting[],
    settings: LinkSettings,
  ): Promise<LinkOnPlane> {
    return new LinkOnPlane(subject, clusters, settings).startFirst();
  }

  async start(): Promise<void> {
    const { engine, openPlane } = this.#subject;
    const config = await loadLinkConfig(this.configFile);
    const plane = openPlane();
    const common = { time: nodeTime, log: this.#logger({}) };
    const metrics = new MetricsEndpoint(common);
    const given = { file: this.configFile, engine, instance: newInstance(), metrics, ...common };
    const vertex = joinLinkVertex({ config, plane, ...given });
    const dispose = (): void => {
      vertex.transactions[Symbol.dispose]();
      plane[Symbol.dispose]();
    };
    this.#running = { ...vertex, [Symbol.dispose]: dispose };
    await vertex.clusters.add(config.clusters);
  }

  async status(): Promise<Pick<LinkFlorStatus, "clusters" | "config" | "down">> {
    const { clusters, transactions } = this.#running!;
    return { clusters: clusters.status(), config: await transactions.status(), down: clusters.downStatus() };
  }

  takeFile(): Promise<ReloadOutcome> {
    return this.#running!.transactions.reload();
  }

  hangUp(): void {
    void this.takeFile();
  }

  /** Ends the link vertex, once its neighbours are told. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.clusters.close();
    running?.[Symbol.dispose]();
  }

  protected end(): Promise<void> {
    return this.stop();
  }

  #logger(fields: object): Logger {
    const note = (event: EventFields, msg: string): void => void this.log.push({ ...fields, ...event, msg });
    return { debug: note, info: note, warn: note, error: note, child: (more) => this.#logger({ ...fields, ...more }) };
  }
}

/** Link vertices on the data plane that is judged. */
export type PlaneHood = Neighbourhood<LinkOnPlane>;
