import type { HoldingsRefusal } from "@florenetes/identity";
import type { DownPart, LinksUp, Logger, PressureLoads } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ConfigPlan } from "../../config/config-changes.ts";
import type { ClusterPortalConfig } from "../../config/link-config.ts";
import type { ClusterPortalStatus } from "../../portal/portal-status.ts";
import type { ServedPortal } from "../../portal/served-portal.ts";
import type { DownCluster } from "../down-cluster.ts";
import { ServedCluster } from "./served-cluster.ts";

export interface ServedClustersOptions {
  readonly open: (config: ClusterPortalConfig, log: Logger) => Promise<ServedPortal>;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** All clusters of the config, each by itself: whatever becomes of one, the others go on. */
export class ServedClusters {
  readonly #options: ServedClustersOptions;
  readonly #clusters = new Map<string, ServedCluster>();

  constructor(options: ServedClustersOptions) {
    this.#options = options;
  }

  /** Adds clusters. Fulfilled when each is served or down. */
  async add(configs: readonly ClusterPortalConfig[]): Promise<void> {
    const { open, time, log } = this.#options;
    for (const config of configs) {
      const clusterLog = log.child({ cluster: config.cluster });
      const of = { config, open: (by: ClusterPortalConfig) => open(by, clusterLog), time, log: clusterLog };
      this.#clusters.set(config.cluster, new ServedCluster(of));
    }
    await this.open();
  }

  /** Tries the clusters that are down, without waiting for the end of their pauses. */
  async open(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.open()));
  }

  /** Carries out a plan. Clusters let go of their addresses before others take them. */
  async take({ removed, changed, added }: ConfigPlan): Promise<void> {
    const leaving = removed.map((name) => this.#clusters.get(name)!);
    for (const name of removed) this.#clusters.delete(name);
    const anew = changed.filter(({ isAnew }) => isAnew);
    await Promise.all([
      ...leaving.map((cluster) => cluster.close()),
      ...anew.map(({ config }) => this.#clusters.get(config.cluster)!.leave(config)),
    ]);
    const staying = changed.filter(({ isAnew }) => !isAnew);
    await Promise.all(staying.map(({ config }) => this.#clusters.get(config.cluster)!.change(config)));
    await this.add(added);
  }

  /** Has each served cluster read its identity and its revocation lists again; resolves with what was refused. */
  async reload(): Promise<readonly HoldingsRefusal[]> {
    return (await Promise.all(this.#portals().map((portal) => portal.reload()))).flat();
  }

  get listening(): string[] {
    return this.#portals().map((portal) => portal.listening);
  }

  status(): ClusterPortalStatus[] {
    return this.#portals().map((portal) => portal.status());
  }

  /** Rows of the clusters that are down. */
  downStatus(): DownCluster[] {
    return [...this.#clusters.values()].flatMap((cluster) => cluster.status() ?? []);
  }

  get down(): DownPart[] {
    return [...this.#clusters.values()].flatMap((cluster) => cluster.down ?? []);
  }

  loads(): PressureLoads[] {
    return this.#portals().map((portal) => portal.loads());
  }

  /** Whether all links of all clusters are up and quiet. */
  isQuiet(): boolean {
    return this.#portals().every((portal) => portal.isQuiet);
  }

  linksUp(): LinksUp[] {
    return this.#portals().map((portal) => portal.linksUp());
  }

  /** Ends all clusters at the same time, since each may have to wait until its neighbours are told. */
  async close(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.close()));
  }

  #portals(): ServedPortal[] {
    return [...this.#clusters.values()].flatMap(({ portal }) => portal ?? []);
  }
}
