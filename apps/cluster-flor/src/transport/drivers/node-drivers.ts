import { randomBytes } from "node:crypto";
import { EarliestTimer, monotonicNow } from "@florenetes/timing";
import type { TransportDrivers } from "../transport-options.ts";
import { NodeNetwork } from "./node-network.ts";

/** Sockets, timers, clocks and random bytes of Node, as the transport service takes them. */
export function nodeDrivers(): TransportDrivers {
  return {
    local: new NodeNetwork(),
    wakeUps: { soon: (call) => void setImmediate(call), timer: (call) => new EarliestTimer(call) },
    now: monotonicNow,
    wallClock: () => new Date(),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  };
}
