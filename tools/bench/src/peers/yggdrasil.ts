import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import type { Place } from "../place.ts";
import type { System } from "../system.ts";
import { openPeer } from "./peer.ts";

const PORT = 9001;

interface Keys {
  readonly PublicKey: string;
  readonly PrivateKey: string;
}

/** Yggdrasil is an IPv6 overlay of packets, encrypted end to end. Neighbours are peers over TCP or TLS, and know each other's keys. */
export function openYggdrasil(place: Place, transport: "TCP" | "TLS"): Promise<System> {
  return openPeer({
    place,
    prepare: (line, folder) => {
      const argv = findProgram("yggdrasil");
      const [program, ...words] = argv;
      const ask = (...rest: string[]): string => execFileSync(program!, [...words, ...rest], { encoding: "utf8" });
      const keys = line.nodes.map(() => JSON.parse(ask("-genconf", "-json")) as Keys);
      const configOf = (node: string): string[] => ["-useconffile", join(folder, `yggdrasil-${node}.json`)];
      for (const [index, node] of line.nodes.entries()) {
        const neighbours = [keys[index - 1], keys[index + 1]].flatMap((one) => one?.PublicKey ?? []);
        const endpoints = [node, ...line.nodes.slice(index + 1, index + 2)].map(
          (name) => `${transport.toLowerCase()}://${line.address(name)}:${PORT}`,
        );
        const listen = index === 0 ? undefined : endpoints[0];
        writeFileSync(configOf(node)[1]!, yggdrasilConfig(keys[index]!, neighbours, listen, endpoints[1]), {
          mode: 0o600,
        });
      }
      return {
        description: {
          name: `yggdrasil over ${transport}`,
          version: versionOf("yggdrasil"),
          isEncryptedEndToEnd: true,
        },
        processes: () => line.processes("yggdrasil"),
        overlayHost: ask(...configOf("d"), "-address").trim(),
        startNode: async (node) => {
          line.start(node, "yggdrasil", [...argv, ...configOf(node)]);
          if (node !== "a") await line.untilListens(node, PORT);
        },
      };
    },
  });
}

/**
 * A config in JSON. Fields that are left out keep yggdrasil's own defaults, as a user would. Peers are not looked for by multicast.
 *
 * @param neighbours Public keys of the nodes that may be peers.
 * @param listen Own address towards the node before; undefined for the first node.
 * @param next Address of the next node, which this one keeps dialling; undefined for the last node.
 */
export function yggdrasilConfig(keys: Keys, neighbours: readonly string[], listen?: string, next?: string): string {
  const config = {
    PublicKey: keys.PublicKey,
    PrivateKey: keys.PrivateKey,
    Peers: next === undefined ? [] : [next],
    Listen: listen === undefined ? [] : [listen],
    AllowedPublicKeys: neighbours,
    MulticastInterfaces: [],
    AdminListen: "none",
    IfName: "ygg0",
    IfMTU: 65535,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
