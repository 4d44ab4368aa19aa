import type { Logger, RateLimitedLog } from "@florenetes/process-kit";

/** Takes events: those that are few by nature, and (`limited`) those that a peer or a workload can cause at will. */
export interface TransportLog extends Pick<Logger, "info" | "warn"> {
  readonly limited: RateLimitedLog;
}
