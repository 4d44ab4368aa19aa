import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, versionOf } from "../debian.ts";
import { isSoon, run } from "../measures/programs.ts";
import type { Line } from "../peers/line.ts";
import type { NodeName, Place } from "../place.ts";
import type { System } from "../system.ts";
import { BEHIND_NETWORK, openPeerBehind } from "./behind.ts";

const PORT = 51_820;
/** The MTU of WireGuard on a wire of 1,500 bytes. */
const MTU = 1_420;
const READY_MS_MAX = 5_000;

interface Keys {
  readonly file: string;
  readonly publicKey: string;
}

/**
 * WireGuard in Go, whose device on each node has the neighbours as its peers: packets are decrypted and encrypted again on each node between a and d, and
 * forwarded there by the kernel.
 */
export function openWireguard(place: Place): Promise<System> {
  const devices = new Map<NodeName, string>();
  return openPeerBehind({
    place,
    prepare: async (line) => {
      const keys = new Map<NodeName, Keys>();
      for (const node of line.nodes) keys.set(node, await makeKeys(line, node));
      for (const node of line.nodes) devices.set(node, `flwg${process.pid}${node}`);
      return {
        description: {
          name: "wireguard-go, hop by hop",
          version: versionOf("wireguard-go"),
          isEncryptedEndToEnd: false,
        },
        processes: () => line.processes("wireguard-go"),
        startNode: (node) => startNode(line, node, devices.get(node)!, keys),
      };
    },
  }).then((system) => ({
    ...system,
    [Symbol.asyncDispose]: async () => {
      await system[Symbol.asyncDispose]();
      for (const device of devices.values()) rmSync(`/var/run/wireguard/${device}.sock`, { force: true });
    },
  }));
}

async function makeKeys({ lab }: Line, node: NodeName): Promise<Keys> {
  const file = join(lab.folder, `wireguard-${node}.key`);
  const wg = findProgram("wg", "wireguard-tools");
  writeFileSync(file, await run(lab, node, [...wg, "genkey"], 0), { mode: 0o600 });
  const publicKey = await run(lab, node, ["sh", "-c", `${wg.join(" ")} pubkey < ${file}`], 0);
  return { file, publicKey: publicKey.trim() };
}

async function startNode(line: Line, node: NodeName, device: string, keys: ReadonlyMap<NodeName, Keys>): Promise<void> {
  const { lab } = line;
  const wg = findProgram("wg", "wireguard-tools");
  const go = findProgram("wireguard-go");
  line.start(node, "wireguard-go", ["env", "WG_PROCESS_FOREGROUND=1", ...go, "--foreground", device]);
  const isThere = async (): Promise<boolean> => (await lab.exec(node, [...wg, "show", device])).code === 0;
  if (!(await isSoon(isThere, READY_MS_MAX)))
    throw new Error(`wireguard-go on ${node} has no device: ${line.deaths()}`);
  const peers = peersOf(line, node).flatMap(({ node: peer, endpoint, networks }) => [
    "peer",
    keys.get(peer)!.publicKey,
    "endpoint",
    endpoint,
    "allowed-ips",
    networks.join(","),
  ]);
  await run(
    lab,
    node,
    [...wg, "set", device, "listen-port", String(PORT), "private-key", keys.get(node)!.file, ...peers],
    0,
  );
  await run(lab, node, ["ip", "address", "add", `${addressOf(line, node)}/32`, "dev", device], 0);
  await run(lab, node, ["ip", "link", "set", device, "mtu", String(MTU), "up"], 0);
  await run(lab, node, ["sysctl", "-qw", "net.ipv4.ip_forward=1"], 0);
  for (const network of peersOf(line, node).flatMap(({ networks }) => networks))
    await run(lab, node, ["ip", "route", "add", network, "dev", device], 0);
}

/** The neighbours of a node, where they are, and what lies beyond each: nodes by their addresses, and behind d the servers. */
function peersOf(
  line: Line,
  node: NodeName,
): { readonly node: NodeName; readonly endpoint: string; readonly networks: readonly string[] }[] {
  const at = line.nodes.indexOf(node);
  const [before, after] = [line.nodes[at - 1], line.nodes[at + 1]];
  const addresses = (nodes: readonly NodeName[]): string[] => nodes.map((one) => `${addressOf(line, one)}/32`);
  const peers = [];
  if (before !== undefined) {
    const endpoint = `${line.addressAfter(before)}:${PORT}`;
    peers.push({ node: before, endpoint, networks: addresses(line.nodes.slice(0, at)) });
  }
  if (after !== undefined) {
    const networks = [...addresses(line.nodes.slice(at + 1)), BEHIND_NETWORK];
    peers.push({ node: after, endpoint: `${line.address(after)}:${PORT}`, networks });
  }
  return peers;
}

function addressOf(line: Line, node: NodeName): string {
  return `10.80.0.${line.nodes.indexOf(node) + 1}`;
}
