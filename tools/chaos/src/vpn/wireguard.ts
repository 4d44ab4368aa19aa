import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "@florenetes/workloads";
import type { Stage } from "../drivers/stage.ts";
import { SERVER_MS_MAX } from "../limits.ts";
import type { Workload } from "../workload.ts";
import { steadyBetween } from "../workloads/steady.ts";
import { CLIENT } from "./terrain.ts";

/** Devices of inner tunnels begin so: packets into them leave the machine by the VPN, in WireGuard's own. */
export const INNER = "flwg";
const PORT = 51_820;
/** The addresses of both ends within the tunnel. */
const INSIDE = { client: "10.99.0.1", world: "10.99.0.2" } as const;
const STEADY_PORT = 9_003;
/** Packets of the inner tunnel fit into those of the outer one, whatever its MTU. */
const MTU = "1200";
const POLL_MS = 50;

/** A tunnel of wireguard-go to the world, through the VPN, with connections that never rest and never end: WireGuard finds its peer at whatever address that has. */
export function wireguard(host: string, kind: Pick<Workload, "routes"> & { readonly as: readonly string[] }): Workload {
  const place = { host: INSIDE.world, port: STEADY_PORT };
  const steady = steadyBetween({
    ...kind,
    ends: [],
    label: "inner",
    node: CLIENT,
    target: place,
    listen: place,
    modes: "pd",
  });
  const tunnel = new InnerTunnel();
  return {
    ...steady,
    name: "wireguard-go",
    needs: ["wireguard-go", "wg"],
    packages: ["wireguard-go", "wireguard-tools"],
    isSlow: true,
    async prepare(stage) {
      await tunnel.raise(stage, host);
      await steady.prepare(stage);
    },
    begin(stage, witness) {
      const { finished } = steady.begin(stage, witness);
      return { finished: finished.finally(() => tunnel.clear()) };
    },
  };
}

interface End {
  readonly device: string;
  readonly address: string;
  readonly file: string;
  readonly publicKey: string;
  readonly run: (...argv: readonly string[]) => Promise<string>;
}

/** Devices of wireguard-go at the client and in the world. Their sockets are in one folder for the whole machine, whatever namespaces they are in. */
class InnerTunnel {
  readonly #devices: string[] = [];

  /** @throws Error */
  async raise(stage: Stage, host: string): Promise<void> {
    const atClient = async (...argv: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await stage.lab.exec(CLIENT, argv);
      if (code !== 0) throw new Error(`"${argv.join(" ")}" ended with ${code}: ${stderr.trim()}`);
      return stdout;
    };
    const spawn = (argv: readonly string[]): unknown => stage.lab.spawn(CLIENT, argv, { stdio: "ignore" });
    const client = await this.#begin(stage, "client", atClient, spawn);
    const world = await this.#begin(
      stage,
      "world",
      (...argv) => stage.prepare(...argv),
      (argv) => stage.spawn(argv, "ignore"),
    );
    await meet(world, client, ["listen-port", String(PORT)], []);
    await meet(client, world, [], ["endpoint", `${host}:${PORT}`]);
  }

  /** Removes what devices that were killed have left. */
  clear(): void {
    for (const device of this.#devices) rmSync(`/var/run/wireguard/${device}.sock`, { force: true });
  }

  /** Makes a device and its key. */
  async #begin(
    stage: Stage,
    end: keyof typeof INSIDE,
    run: End["run"],
    spawn: (argv: readonly string[]) => unknown,
  ): Promise<End> {
    const device = `${INNER}${process.pid}${end[0]!}`;
    this.#devices.push(device);
    const file = join(stage.folder, `wireguard-${end}.key`);
    await writeFile(file, await run("wg", "genkey"), { mode: 0o600 });
    const publicKey = (await run("sh", "-c", `wg pubkey < ${file}`)).trim();
    spawn(["env", "WG_PROCESS_FOREGROUND=1", "wireguard-go", "--foreground", device]);
    const deadline = now() + SERVER_MS_MAX;
    const isThere = (): Promise<boolean> => run("wg", "show", device).then(Boolean, () => false);
    while (!(await isThere())) {
      if (now() > deadline) throw new Error(`wireguard-go makes no device ${device}`);
      await sleep(POLL_MS);
    }
    return { device, address: INSIDE[end], file, publicKey, run };
  }
}

/** Tells a device of its peer. */
async function meet(own: End, peer: End, here: readonly string[], there: readonly string[]): Promise<void> {
  const { device, address, file, run } = own;
  const allowed = ["allowed-ips", `${peer.address}/32`, ...there];
  await run("wg", "set", device, "private-key", file, ...here, "peer", peer.publicKey, ...allowed);
  await run("ip", "address", "add", address, "peer", peer.address, "dev", device);
  await run("ip", "link", "set", device, "mtu", MTU, "up");
}
