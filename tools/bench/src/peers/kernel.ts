import { release } from "node:os";
import type { Place } from "../place.ts";
import type { System } from "../system.ts";
import { openPeer } from "./peer.ts";

/** Plain IP forwarding by the kernel through b and c: the limit of the machine, without any encryption. */
export function openKernelForwarding(place: Place): Promise<System> {
  return openPeer({
    place,
    forwards: true,
    prepare: (line) => ({
      description: {
        name: "kernel forwarding",
        version: `Linux ${release()}`,
        isEncryptedEndToEnd: false,
      },
      overlayHost: line.address("d"),
    }),
  });
}
