import type { HoldingsRefusal } from "@florenetes/identity";
import type { LinksUp, PressureLoads } from "@florenetes/process-kit";
import type { ClusterPortalConfig } from "../config/link-config.ts";
import type { ClusterPortalStatus } from "./portal-status.ts";

/** A cluster that is being served. */
export interface ServedPortal {
  readonly listening: string;
  status(): ClusterPortalStatus;
  /** How near the cluster is to its limits; to be called once a second. */
  loads(): PressureLoads;
  /** Whether there are links, and all of them are up and quiet. */
  readonly isQuiet: boolean;
  /** Reads the identity and the revocation lists again, as `Holdings.reload` does. */
  reload(): Promise<readonly HoldingsRefusal[]>;
  /**
   * Takes another config with the same `listen`; links stay up. Returns false, with nothing changed, when the identity is another
   * vertex's. Rejects as `openPortal` does; the portal then has to be closed.
   */
  change(config: ClusterPortalConfig): Promise<boolean>;
  /** How many of the links that the cluster vertex wants are up. */
  linksUp(): LinksUp;
  /** Tells neighbours and cluster vertex, and lets go of the sockets. */
  close(): Promise<void>;
}
