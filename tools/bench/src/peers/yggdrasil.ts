import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import type { NodeName, Place } from "../place.ts";
import type { System } from "../system.ts";
import { openPeer } from "./peer.ts";

const PORT = 9001;
const NAMES = { tcp: "yggdrasil over TCP", tls: "yggdrasil over TLS" } as const;

/** An IPv6 overlay of packets, encrypted end to end; neighbours are peers over TCP or TLS, and know each other's keys. */
export function openYggdrasil(place: Place, transport: keyof typeof NAMES): Promise<System> {
  return openPeer({
    place,
    prepare: (line, folder) => {
      const argv = findProgram("yggdrasil");
      const keys = new Map(line.nodes.map((node) => [node, makeKeys(argv)]));
      const configFile = (node: NodeName): string => join(folder, `yggdrasil-${node}.json`);
      for (const [index, node] of line.nodes.entries()) {
        const neighbours = [line.nodes[index - 1], line.nodes[index + 1]].filter((one) => one !== undefined);
        const config = writeYggdrasilConfig({
          keys: keys.get(node)!,
          neighbours: neighbours.map((one) => keys.get(one)!.PublicKey),
          listen: index === 0 ? undefined : `${transport}://${line.address(node)}:${PORT}`,
          next:
            index === line.nodes.length - 1 ? undefined : `${transport}://${line.address(neighbours.at(-1)!)}:${PORT}`,
        });
        writeFileSync(configFile(node), config, { mode: 0o600 });
      }
      const [program, ...rest] = argv;
      const last = ["-useconffile", configFile(line.nodes.at(-1)!), "-address"];
      return {
        description: {
          name: NAMES[transport],
          version: versionOf("yggdrasil"),
          topology: `one yggdrasil a node, an IPv6 overlay on TUN; neighbours are peers over ${transport.toUpperCase()} on each link`,
          isEncryptedEndToEnd: true,
        },
        overlayHost: execFileSync(program!, [...rest, ...last], { encoding: "utf8" }).trim(),
        startNode: async (node) => {
          line.start(node, "yggdrasil", [...argv, "-useconffile", configFile(node)]);
          if (node !== "a") await line.untilListens(node, PORT);
        },
      };
    },
  });
}

interface YggdrasilKeys {
  readonly PublicKey: string;
  readonly PrivateKey: string;
}

function makeKeys([program, ...rest]: readonly string[]): YggdrasilKeys {
  return JSON.parse(execFileSync(program!, [...rest, "-genconf", "-json"], { encoding: "utf8" })) as YggdrasilKeys;
}

interface YggdrasilNode {
  readonly keys: YggdrasilKeys;
  /** Public keys of the only ones that may be peers. */
  readonly neighbours: readonly string[];
  /** Address of its own for the node before; undefined for the first. */
  readonly listen: string | undefined;
  /** Address of the node after it, which it keeps dialling; undefined for the last. */
  readonly next: string | undefined;
}

/** Writes a config. Fields that are left out keep yggdrasil's own default, as a user would have it; nobody is looked for by
 *  multicast. */
export function writeYggdrasilConfig({ keys, neighbours, listen, next }: YggdrasilNode): string {
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
