import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { HttpDoor } from "./http-door.ts";

/**
 * A way to holders over tunnels of the node's cluster vertex: `<node>.sock` in a folder leads to the service `storage.<node>`. Tunnels carry bulk at half of
 * what data sessions cost, as no byte of theirs enters JavaScript at the vertex.
 *
 * @param folder path of the folder
 */
export function openTunnelDoor(folder: string): HttpDoor {
  return new HttpDoor({
    connect: async (node, signal) => {
      const stream = connect(tunnelTo(folder, node));
      await once(stream, "connect", { signal }).catch((error: unknown) => {
        stream.on("error", () => undefined).destroy();
        throw error;
      });
      return stream;
    },
  });
}

/** The socket in a folder of tunnels that leads to the holder at a node. */
export function tunnelTo(folder: string, node: string): string {
  return join(folder, `${node}.sock`);
}
