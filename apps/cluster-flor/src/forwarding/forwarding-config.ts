import type { RunningConfig } from "../config/running-config.ts";

/** The part of the config that forwarding works by. */
export type ForwardingConfig = Pick<
  RunningConfig,
  "links" | "transit" | "transitLimit" | "crossConnects" | "lspEnds" | "services"
>;
