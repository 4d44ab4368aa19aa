/** WireGuard between nodes of a lab, by wireguard-go: a device in each node's namespace. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "@florenetes/meshlab";
import { expect } from "vitest";
import { areInstalled } from "./installed.ts";
import { PATIENCE } from "./patience.ts";

const HAS_TUN = existsSync("/dev/net/tun");

/** Whether WireGuard can be run here; otherwise says on standard error what is left out, and why. */
export function hasWireGuard(tests: string): boolean {
  if (!HAS_TUN) process.stderr.write(`left out: ${tests} (there is no /dev/net/tun)\n`);
  return areInstalled(tests, "wireguard-go", "wg") && HAS_TUN;
}

export interface WireGuardEnd {
  readonly node: string;
  /** The address of the end in the tunnel. */
  readonly address: string;
  /** The UDP port outside the tunnel; undefined: any port, as only the other end is called. */
  readonly port?: number;
}

/** The devices of a lab. Their sockets are in one folder for the whole machine, whatever namespaces they are in. */
export class WireGuard implements Disposable {
  readonly #lab: Lab;
  readonly #devices = new Map<string, string>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Raises a tunnel between two ends, with packets of `mtu` bytes; the first end finds the second at `endpoint`. */
  async raise(caller: WireGuardEnd, called: WireGuardEnd, endpoint: string, mtu: number): Promise<void> {
    const keys = new Map<string, { file: string; publicKey: string }>();
    for (const { node } of [caller, called]) {
      const file = join(this.#lab.folder, `wireguard-${node}.key`);
      const { stdout: key } = await this.#lab.exec(node, ["wg", "genkey"]);
      writeFileSync(file, key, { mode: 0o600 });
      const { stdout } = await this.#lab.exec(node, ["bash", "--norc", "-c", `wg pubkey < ${file}`]);
      keys.set(node, { file, publicKey: stdout.trim() });
    }
    const raise = async (own: WireGuardEnd, peer: WireGuardEnd, ...more: readonly string[]): Promise<void> => {
      const { node, address, port } = own;
      const device = this.deviceOf(node);
      const run = async (...argv: readonly string[]): Promise<void> => {
        expect(await this.#lab.exec(node, argv), argv.join(" ")).toMatchObject({ code: 0 });
      };
      this.#lab.spawn(node, ["wireguard-go", "--foreground", device], {
        stdio: "ignore",
        environment: { WG_PROCESS_FOREGROUND: "1" },
      });
      const isThere = async (): Promise<number | null> => (await this.#lab.exec(node, ["wg", "show", device])).code;
      await expect.poll(isThere, PATIENCE).toBe(0);
      const key = ["private-key", keys.get(node)!.file];
      const allowed = ["allowed-ips", `${peer.address}/32`, ...more];
      const listen = port === undefined ? [] : ["listen-port", String(port)];
      await run("wg", "set", device, ...key, ...listen, "peer", keys.get(peer.node)!.publicKey, ...allowed);
      await run("ip", "address", "add", address, "peer", peer.address, "dev", device);
      await run("ip", "link", "set", device, "mtu", String(mtu), "up");
    };
    await raise(called, caller);
    await raise(caller, called, "endpoint", endpoint);
  }

  /** Name of a node's device. */
  deviceOf(node: string): string {
    const device = this.#devices.get(node) ?? `flwg${process.pid}${node}`;
    this.#devices.set(node, device);
    return device;
  }

  /** Bytes that have left and entered a node's device, as WireGuard counts them. */
  async bytesOf(node: string): Promise<number> {
    const { stdout } = await this.#lab.exec(node, ["wg", "show", this.deviceOf(node), "transfer"]);
    const [, received = "0", sent = "0"] = stdout.trim().split("\t");
    return Number(received) + Number(sent);
  }

  [Symbol.dispose](): void {
    for (const device of this.#devices.values()) rmSync(`/var/run/wireguard/${device}.sock`, { force: true });
  }
}
