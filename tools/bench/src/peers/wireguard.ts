import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../debian.ts";
import type { Line } from "../line.ts";
import type { NodeName, Place } from "../place.ts";
import type { System } from "../system.ts";
import { until } from "../until.ts";
import { addHopRoutes, hopAddress, hopsOf, type Hop } from "./hops.ts";
import { openPeer } from "./peer.ts";

/** Each link's tunnel has its own port from here on, since wireguard listens on all addresses of a node. */
const FIRST_PORT = 51820;
const INNER_PORT = 51819;
const HOP_MTU = 1420;
/** Less by what the inner tunnel adds to each packet. */
const INNER_MTU = 1340;
const INNER_ADDRESS = { a: "10.82.0.1", d: "10.82.0.2" } as const;
/** Control sockets are found here whatever the namespace, so that interfaces have names of their own on the machine. */
const SOCKETS = "/var/run/wireguard";
const READY_WITHIN_MS = 5_000;

/** A tunnel on each link with the kernel of b and c forwarding between theirs, and one from a to d inside. */
export function openWireguard(place: Place): Promise<System> {
  return openPeer({
    place,
    word: "wg",
    prepare: ({ line, folder, daemons }) => {
      const { argv, version } = findProgram("wireguard-go");
      const tool = findProgram("wg", "wireguard-tools").argv;
      const keys = new Map(line.nodes.map((node) => [node, makeKeys(tool)]));
      for (const node of line.nodes) line.run(node, "sysctl", "-qw", "net.ipv4.ip_forward=1");
      const startTunnel = async (node: NodeName, tunnel: Tunnel): Promise<void> => {
        // One that was killed leaves its socket behind.
        rmSync(socketOf(tunnel.device), { force: true });
        daemons.start(node, tunnel.device, ["env", "WG_PROCESS_FOREGROUND=1", ...argv, tunnel.device]);
        await until(
          () => existsSync(socketOf(tunnel.device)),
          READY_WITHIN_MS,
          `wireguard-go has not made ${tunnel.device}`,
        );
        const file = join(folder, `${tunnel.device}.conf`);
        const remoteKey = keys.get(tunnel.neighbour)!.publicKey;
        writeFileSync(file, writeWireguardConfig(tunnel, keys.get(node)!.privateKey, remoteKey), { mode: 0o600 });
        line.run(node, ...tool, "setconf", tunnel.device, file);
        line.run(node, "ip", "address", "add", `${tunnel.inner}/30`, "dev", tunnel.device);
        line.run(node, "ip", "link", "set", tunnel.device, "mtu", String(tunnel.mtu), "up");
      };
      return {
        description: {
          name: "wireguard-go per hop and end to end",
          version,
          topology:
            "one wireguard-go (user space) for each end of each link, over UDP; b and c forward in the kernel; one more tunnel " +
            "from a to d inside",
          isEncryptedEndToEnd: true,
          limits: [],
        },
        overlayHost: INNER_ADDRESS.d,
        startNode: async (node) => {
          const device = (hop: Hop): string => deviceName(node, hop.side);
          for (const hop of hopsOf(line, node)) {
            const port = FIRST_PORT + hop.index;
            const endpoint = `${hop.remote}:${port}`;
            await startTunnel(node, { ...hop, device: device(hop), endpoint, port, mtu: HOP_MTU });
          }
          await addHopRoutes(line, node, device);
          if (node === "a" || node === "d") await startTunnel(node, innerTunnel(line, node));
        },
      };
    },
  });
}

interface Tunnel {
  readonly device: string;
  readonly neighbour: NodeName;
  readonly endpoint: string;
  readonly port: number;
  readonly inner: string;
  readonly mtu: number;
}

function innerTunnel(line: Line, node: "a" | "d"): Tunnel {
  const neighbour = node === "a" ? "d" : "a";
  const endpoint = `${hopAddress(line, neighbour, neighbour === "a" ? "right" : "left")}:${INNER_PORT}`;
  const [device, inner] = [deviceName(node, "inner"), INNER_ADDRESS[node]];
  return { device, neighbour, endpoint, port: INNER_PORT, inner, mtu: INNER_MTU };
}

/** Interface names hold at most 15 characters. */
function deviceName(node: NodeName, side: Hop["side"] | "inner"): string {
  return `florwg-${node}-${side}`;
}

interface WireguardKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

function makeKeys([program, ...rest]: readonly string[]): WireguardKeys {
  const run = (command: string, input = ""): string =>
    execFileSync(program!, [...rest, command], { input, encoding: "utf8" }).trim();
  const privateKey = run("genkey");
  return { privateKey, publicKey: run("pubkey", privateKey) };
}

/** Both ends know where the other is and greet it at once, so that one that was started again is known within a moment. */
export function writeWireguardConfig(tunnel: Tunnel, privateKey: string, remoteKey: string): string {
  return [
    "[Interface]",
    `PrivateKey = ${privateKey}`,
    `ListenPort = ${tunnel.port}`,
    "[Peer]",
    `PublicKey = ${remoteKey}`,
    "AllowedIPs = 0.0.0.0/0",
    `Endpoint = ${tunnel.endpoint}`,
    "PersistentKeepalive = 25",
    "",
  ].join("\n");
}

function socketOf(device: string): string {
  return join(SOCKETS, `${device}.sock`);
}
