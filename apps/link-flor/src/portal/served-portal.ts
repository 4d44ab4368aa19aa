import type { HoldingsRefusal } from "@florenetes/identity";
import type { LinksUp, PressureLoads } from "@florenetes/process-kit";
import type { ClusterPortalConfig } from "../config/link-config.ts";
import type { ClusterPortalStatus } from "./portal-status.ts";

/** A cluster that is being served. */
export interface ServedPortal {
  readonly listening: string;
  status(): ClusterPortalStatus;
  /** How near it is to its limits; to be called once a second. */
  loads(): PressureLoads;
  /** Reads the identity and the revocation lists again, as `Holdings.reload` does. */
  reload(): Promise<readonly HoldingsRefusal[]>;
  /**
   * Goes on by another config of the same address (`listen`), while its links are up. False: it cannot, since the identity is that of
   * another vertex, and nothing has changed. When it rejects (as `openPortal` does), it has to be closed.
   */
  change(config: ClusterPortalConfig): Promise<boolean>;
  /** How many of the links that the cluster vertex wants are up. */
  linksUp(): LinksUp;
  /** Tells neighbours and cluster vertex, and lets go of the sockets. */
  close(): Promise<void>;
}
