import { randomBytes } from "node:crypto";
import { monotonicNow } from "@florenetes/process-kit";
import type { TransportDrivers, WakeUps } from "../local.ts";
import { NodeNetwork } from "./local-network.ts";

/** What the transport service takes from the machine, by Node. */
export function nodeDrivers(): TransportDrivers {
  return {
    local: new NodeNetwork(),
    wakeUps: new NodeWakeUps(),
    now: monotonicNow,
    wallClock: () => new Date(),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
  };
}

class NodeWakeUps implements WakeUps {
  #timer: NodeJS.Timeout | undefined;

  soon(call: () => void): void {
    setImmediate(call);
  }

  at(time: number, call: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(call, Math.max(1, Math.ceil(time - monotonicNow())));
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
