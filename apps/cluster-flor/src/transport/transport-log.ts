import type { Logger, RateLimitedLog } from "@florenetes/process-kit";

/** Takes events: rare ones directly, and through `limited` those that a peer or a workload can cause at will. */
export interface TransportLog extends Pick<Logger, "info" | "warn"> {
  readonly limited: RateLimitedLog;
}
