import { randomBytes } from "node:crypto";
import { nodeTime } from "@florenetes/timing";
import type { TransportDrivers } from "../transport-options.ts";
import { NodeNetwork } from "./node-network.ts";

/** Sockets, timers, clocks and random bytes of Node, as the transport service takes them. */
export function nodeDrivers(): TransportDrivers {
  return {
    ...nodeTime,
    local: new NodeNetwork(),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  };
}
