import {
  type ConnectionOptions,
  ConnectionService,
} from "@florenetes/cluster-flor/src/connection/connection-service.ts";
import type { FlorioPort } from "@florenetes/florio";
import type { Instance } from "@florenetes/instances";
import type { ClusterLinks, LinkObserver } from "@florenetes/link-flor/src/link-protocol.ts";
import { ClusterPortal } from "@florenetes/link-flor/src/portal/cluster-portal.ts";
import { PortalServer } from "@florenetes/portal-api";
import { createRateLimitedLog, type Logger } from "@florenetes/process-kit";
import type { Life, Scheduler } from "@florenetes/simkit";

/** The connection room of a cluster vertex with its ports and its timer, as `openConnection` joins them. */
export function startConnection(
  scheduler: Scheduler,
  life: Life,
  options: Omit<ConnectionOptions, "now" | "onActivity">,
  ports: readonly FlorioPort[],
): ConnectionService {
  const now = (): number => scheduler.now;
  const timer = life.timer(() => life.soon(() => service.handleTimeout(now())));
  const service = new ConnectionService({ ...options, now, onActivity: () => timer.set(service.nextTimeout()) });
  service.join(ports);
  return service;
}

export interface PortalOptions {
  readonly cluster: string;
  /** Name of the vertex whose credentials the link vertex holds. */
  readonly principal: string;
  readonly instance: Instance;
  readonly linkMtuMax: number;
  readonly log: Logger;
  readonly florio: FlorioPort;
  readonly makeLinks: (observer: LinkObserver) => ClusterLinks;
}

/** A portal of a link vertex with its links, its port and its timer, as `openPortal` joins them. */
export function startPortal(
  scheduler: Scheduler,
  life: Life,
  { log, florio, makeLinks, ...options }: PortalOptions,
): { readonly portal: ClusterPortal; readonly server: PortalServer } {
  const now = (): number => scheduler.now;
  const timer = life.timer(() => portal.handleTimeout(now()));
  const refusals = createRateLimitedLog(log, { now });
  const portal = new ClusterPortal({ log, refusals, now, onActivity: () => timer.set(portal.nextTimeout()) });
  const server = new PortalServer(options);
  portal.join({ server, florio, links: makeLinks(portal) });
  return { portal, server };
}
