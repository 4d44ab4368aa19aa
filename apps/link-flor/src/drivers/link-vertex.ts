import { join, resolve } from "node:path";
import { revocationFolder } from "@florenetes/identity";
import type { Instance } from "@florenetes/wire-values";
import {
  ConfigTransactions,
  type Logger,
  type MeasuredPlan,
  type MetricsEndpoint,
  withMetrics,
} from "@florenetes/process-kit";
import type { QuicEngine } from "@florenetes/quic";
import type { ProcessTime } from "@florenetes/scheduling";
import { linkConfigUse } from "../clusters/drivers/link-config-use.ts";
import { ServedClusters } from "../clusters/drivers/served-clusters.ts";
import type { ConfigPlan } from "../config/config-changes.ts";
import type { ClusterPortalConfig, LinkFlorConfig } from "../config/link-config.ts";
import { loadLinkConfig, parseLinkConfig } from "../config/link-config-file.ts";
import type { DataPlane } from "../data-plane/data-plane.ts";
import { openPortal } from "../portal/drivers/open-portal.ts";
import type { ServedPortal } from "../portal/served-portal.ts";
import { quicLinkProtocol } from "../quic-link/drivers/quic-link-protocol.ts";

export interface LinkVertexOptions {
  readonly config: LinkFlorConfig;
  /** The file that the config was read from. */
  readonly file: string;
  readonly plane: DataPlane;
  readonly engine: QuicEngine;
  readonly instance: Instance;
  /** Follows the config; the caller starts it. */
  readonly metrics: MetricsEndpoint;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** The parts of a link vertex, except its admin and control sockets. The caller adds the clusters, which are served from then on, and closes them. */
export interface LinkVertex {
  readonly clusters: ServedClusters;
  /** To be disposed of by the caller. */
  readonly transactions: ConfigTransactions<LinkFlorConfig, MeasuredPlan<ConfigPlan>>;
}

/** Joins the parts of a link vertex. */
export function joinLinkVertex(options: LinkVertexOptions): LinkVertex {
  const { config, file, plane, engine, instance, metrics, time, log } = options;
  const protocol = quicLinkProtocol({ instance, engine, time });
  const open = (of: ClusterPortalConfig, clusterLog: Logger): Promise<ServedPortal> => {
    const revocationState = revocationFolder(config.state, of.cluster);
    const knownAddressesFile = join(config.state, "known-addresses", of.cluster);
    const kept = { revocationState, knownAddressesFile };
    return openPortal({ config: of, ...kept, protocol, plane: plane.addCluster(), instance, time, log: clusterLog });
  };
  const clusters = new ServedClusters({ open, time, log });
  const transactions = new ConfigTransactions({
    file: resolve(file),
    config,
    load: loadLinkConfig,
    parse: parseLinkConfig,
    use: withMetrics(linkConfigUse(clusters), metrics),
    time,
    log,
  });
  return { clusters, transactions };
}
