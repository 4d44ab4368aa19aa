import { release } from "node:os";
import { makeLine } from "../line.ts";
import type { Place } from "../place.ts";
import { OUTAGE_MS, SERVICES, type System } from "../system.ts";

/** Plain IP forwarding by the kernel through b and c: the limit of the machine, without any encryption. */
export async function openKernelForwarding(place: Place): Promise<System> {
  const line = await makeLine("kernel", { place, forwards: true });
  return {
    description: {
      name: "kernel forwarding",
      version: `Linux ${release()}`,
      topology: "b and c forward packets between their interfaces; the limit of the machine",
      links: place.links,
      isEncryptedEndToEnd: false,
      limits: ["It encrypts nothing.", "There is no process on the transit that could be killed or charged."],
    },
    serverHost: line.address("d"),
    target: (service) => ({ host: line.address("d"), port: SERVICES[service] }),
    spawn: (node, argv) => line.spawn(node, argv),
    processes: () => new Map(),
    faults: ["wire cut for 2 s"],
    strike: async () => line.cut(OUTAGE_MS),
    recover: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(line[Symbol.dispose]()),
  };
}
