/** Systems that carry packets to a machine behind d, as a VPN does: their servers are there, and d forwards. */
import { VpnWorld, WORLD } from "@florenetes/meshlab";
import { openPeer, type PeerOptions } from "../peers/peer.ts";
import { SERVICES, type System } from "../system.ts";

/** The address of the machine behind d. */
const BEHIND: string = WORLD.v4;
/** The network that it is in. */
export const BEHIND_NETWORK: string = BEHIND.replace(/\d+$/, "0/24");
/** The address of d in that network. */
const OUTSIDE = BEHIND.replace(/\d+$/, "1");

/** Raises a system whose servers are on a machine behind d. Packets go there as they are: nothing hides the client's address. */
export async function openPeerBehind({ prepare, ...options }: PeerOptions): Promise<System> {
  let world: VpnWorld | undefined;
  try {
    const system = await openPeer({
      ...options,
      prepare: (line, folder) => {
        world = VpnWorld.make(line.lab, ["d"]);
        world.ip("w", `route add default via ${OUTSIDE}`);
        return prepare(line, folder);
      },
    });
    return {
      ...system,
      host: BEHIND,
      ports: SERVICES,
      behind: world!.namespaceOf("w"),
      [Symbol.asyncDispose]: async () => {
        await system[Symbol.asyncDispose]();
        world![Symbol.dispose]();
      },
    };
  } catch (error) {
    world?.[Symbol.dispose]();
    throw error;
  }
}
