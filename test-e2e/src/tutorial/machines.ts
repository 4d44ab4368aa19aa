/*
 *   laptop ──┐
 *   site ────┤ router ──── relay        laptop, site and cabin reach relay, and not each other. Addresses of cabin are translated:
 *   cabin ───┘                          nobody can call it
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Answer, runToEnd } from "../executables.ts";
import { PATIENCE_MS } from "../patience.ts";
import { SystemdMachine } from "../systemd/machine.ts";

/** The address at which all others find relay. */
const RELAY = "203.0.113.10";
/** Four machines that install at a time share the cores. */
const SCRIPT_MS_MAX = 3 * PATIENCE_MS;
const HOME = "/root";
const SHELL = [
  "env",
  "-i",
  `--chdir=${HOME}`,
  `HOME=${HOME}`,
  "LANG=C.UTF-8",
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  "bash",
  "-c",
];
/** A command that fails ends the script, and is told behind all that was printed. */
const STRICT = `set -eo pipefail; exec 2>&1; trap 'printf "failed: %s\\n" "$BASH_COMMAND"' ERR\n`;
/** A machine's own address, and that of the router's end of its wire. */
const ADDRESSES: Readonly<Record<string, readonly [string, string]>> = {
  laptop: ["192.0.2.2/30", "192.0.2.1/30"],
  relay: [`${RELAY}/24`, "203.0.113.1/24"],
  site: ["198.51.100.2/30", "198.51.100.1/30"],
  cabin: ["192.168.7.2/24", "192.168.7.1/24"],
};
const NAMES = Object.keys(ADDRESSES);
/** The router's rules: nobody but relay is reached by others, and cabin has an address of its own at home alone. */
const RULES = `table ip internet {
  chain forward {
    type filter hook forward priority filter; policy drop;
    iifname "relay" oifname != "cabin" accept
    oifname "relay" accept
    ct state established accept
  }
  chain post {
    type nat hook postrouting priority srcnat;
    iifname "cabin" masquerade
  }
}
`;

/** Four machines as the tutorial asks for them: Debian with ssh and curl, a web server on site, and packages in folders. */
export class TutorialMachines implements AsyncDisposable {
  readonly #machines: ReadonlyMap<string, SystemdMachine>;
  readonly #router = `florenetes-tutorial-${process.pid}`;

  private constructor(machines: ReadonlyMap<string, SystemdMachine>) {
    this.#machines = machines;
  }

  /**
   * @param base a Debian system with a server of ssh, curl and nginx, and without our packages
   * @param packages folders of packages, by the name of the folder in which the machines have them
   */
  static async start(
    folder: string,
    base: string,
    packages: Readonly<Record<string, string>>,
  ): Promise<TutorialMachines> {
    for (const [name, from] of Object.entries(packages))
      for (const file of readdirSync(from).filter((each) => each.endsWith(".deb")))
        cpSync(join(from, file), join(base, "srv", name, file), { recursive: true });
    for (const name of NAMES) putKeys(folder, name, base);
    const booted = NAMES.map(async (name) => {
      const units = name === "site" ? ["ssh.service", "nginx.service"] : ["ssh.service"];
      return [name, await SystemdMachine.boot(join(folder, name), units, base)] as const;
    });
    const settled = await Promise.allSettled(booted);
    const machines = new TutorialMachines(
      new Map(settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []))),
    );
    try {
      await Promise.all(booted);
      await machines.#join();
      return machines;
    } catch (error) {
      await machines[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a script as root's shell does; both outputs are in `stdout`. */
  run(name: string, script: string): Promise<Answer> {
    return runToEnd([...this.#machine(name).entry, ...SHELL, STRICT + script], SCRIPT_MS_MAX);
  }

  /** @param path an absolute one, or one that begins with `~` */
  async write(name: string, path: string, text: string): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && printf "%s" "$0" >"$1"';
    await this.#machine(name).do("sh", "-c", script, text, path.replace(/^~/, HOME));
  }

  /** Cuts the wire of a machine, or has it whole again. */
  plug(name: string, state: "up" | "down"): void {
    host("ip -n", this.#router, "link set dev", name, state);
  }

  /** The last lines that units have logged, for who looks for the reason of a failure. */
  async logs(): Promise<string> {
    const logs = [...this.#machines].map(async ([name, machine]) => {
      const { stdout } = await machine.run("sh", "-c", "tail -n 10 /run/*.log");
      return `logs of ${name}:\n${stdout}`;
    });
    return (await Promise.all(logs)).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync("ip", ["netns", "delete", this.#router]);
    await Promise.all([...this.#machines.values()].map((machine) => machine[Symbol.asyncDispose]()));
  }

  #machine(name: string): SystemdMachine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Error(`there is no machine ${name}`);
    return machine;
  }

  /** Joins all machines by a router, which is what lies between them. */
  async #join(): Promise<void> {
    host("ip netns add", this.#router);
    for (const [name, [own, gateway]] of Object.entries(ADDRESSES)) {
      const machine = this.#machine(name);
      host("ip link add", name, "netns", this.#router, "type veth peer name wan netns", machine.network);
      host("ip -n", this.#router, "address add", gateway, "dev", name);
      host("ip -n", this.#router, "link set dev", name, "up");
      for (const words of [
        `address add ${own} dev wan`,
        "link set dev wan up",
        `route add default via ${gateway.split("/", 1)[0]}`,
      ])
        await machine.do("ip", ...words.split(" "));
    }
    const inRouter = ["ip", "netns", "exec", this.#router];
    succeed([...inRouter, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
    succeed([...inRouter, "nft", "-f", "-"], RULES);
  }
}

/** Each machine has a key of its own: laptop's leads to all, the others' to relay. */
function putKeys(folder: string, name: string, base: string): void {
  const ssh = join(folder, name, "root/.ssh");
  mkdirSync(ssh, { recursive: true });
  mkdirSync(join(folder, name, "etc/ssh/sshd_config.d"), { recursive: true });
  // The modules of PAM ask for more than such a machine may do.
  writeFileSync(join(folder, name, "etc/ssh/sshd_config.d/tested.conf"), "UsePAM no\n");
  succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(ssh, "id_ed25519")]);
  const key = readFileSync(join(ssh, "id_ed25519.pub"), "utf8");
  for (const other of name === "laptop" ? NAMES : ["relay"]) {
    mkdirSync(join(folder, other, "root/.ssh"), { recursive: true });
    appendFileSync(join(folder, other, "root/.ssh/authorized_keys"), key);
  }
  writeFileSync(
    join(ssh, "known_hosts"),
    `${RELAY} ${readFileSync(join(base, "etc/ssh/ssh_host_ed25519_key.pub"), "utf8")}`,
  );
  chmodSync(join(folder, name, "root"), 0o700);
  chmodSync(ssh, 0o700);
}

function host(...words: readonly string[]): void {
  succeed(words.join(" ").split(" "));
}

function succeed([command = "", ...args]: readonly string[], input = ""): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8", input });
  expect(status, `${command} ${args.join(" ")}: ${stderr}`).toBe(0);
}
