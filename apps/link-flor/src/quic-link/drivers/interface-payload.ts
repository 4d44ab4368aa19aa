import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { IP_OVERHEAD, PAYLOAD_LADDER, UDP_PAYLOAD_MAX } from "../limits.ts";
import { interfaceTo } from "./local-interface.ts";

/** The largest UDP payload for `peer` from a socket that is bound to `local`: what the interface's MTU allows; 1452 when the MTU is not known. */
export function interfacePayload(peer: string, local: string): number {
  const mtu = mtuOf(interfaceTo(peer, local, networkInterfaces()));
  const [largest] = PAYLOAD_LADDER;
  const smallest = PAYLOAD_LADDER.at(-1)!;
  return mtu === undefined ? largest! : Math.max(smallest, Math.min(mtu - IP_OVERHEAD, UDP_PAYLOAD_MAX));
}

function mtuOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  try {
    return Number.parseInt(readFileSync(`/sys/class/net/${name}/mtu`, "utf8"), 10) || undefined;
  } catch {
    // Not Linux, or the interface has gone.
    return undefined;
  }
}
