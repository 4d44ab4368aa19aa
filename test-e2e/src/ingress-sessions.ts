/** Sessions of people, over an ingress, with hosts that they do not choose. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { join } from "node:path";
import { startSsh } from "@florenetes/workloads";
import { vi } from "vitest";
import { type Host, HOSTS, INGRESS, type IngressFabric, PORTS } from "./ingress-fabric.ts";
import { PATIENCE } from "./patience.ts";
import { Conversation } from "./programs/conversation.ts";

/** A server of a screen that nobody sees. */
export const XVFB = "/usr/bin/Xvfb";

/** OpenSSH's servers at all hosts, which have one host key as an operator gives it to them. */
export class SshServers {
  readonly #ingress: IngressFabric;
  readonly #options: readonly string[];

  private constructor(ingress: IngressFabric, options: readonly string[]) {
    this.#ingress = ingress;
    this.#options = options;
  }

  static async start(ingress: IngressFabric): Promise<SshServers> {
    const folderOf = (host: Host): string => join(ingress.folder, host);
    const [first, ...others] = HOSTS;
    const { options } = await startAt(first);
    for (const host of others) {
      cpSync(folderOf(first), folderOf(host), { recursive: true });
      await startAt(host);
    }
    return new SshServers(ingress, options);

    function startAt(host: Host): ReturnType<typeof startSsh> {
      const place = {
        folder: folderOf(host),
        prepare: async (...argv: readonly string[]) => (await ingress.lab.exec(host, argv)).stdout,
        serve: (port: number, argv: readonly string[]) => ingress.serve(`ssh-${host}`, host, port, argv),
      };
      return startSsh(place, PORTS.ssh, PORTS.ssh);
    }
  }

  /** Opens a session with a shell, wherever it comes to. */
  open(): Conversation {
    const alias = `HostKeyAlias=[127.0.0.1]:${PORTS.ssh}`;
    const words = ["-p", String(PORTS.ssh), "-o", alias, ...this.#options, `root@${INGRESS}`, "sh"];
    return startTalk([...this.#ingress.inWorld, "ssh", ...words]);
  }

  /** The host to which a new session comes. */
  async newHost(): Promise<string> {
    const session = this.open();
    const host = await hostOf(session);
    await session.end();
    return host;
  }
}

/** The host of a session's shell: the end of its namespace's name. */
export async function hostOf(session: Conversation): Promise<string> {
  session.says("ip netns identify $$\n");
  return (await session.hears("\n")).split("-").at(-1)!;
}

function startTalk([command = "", ...args]: readonly string[]): Conversation {
  return new Conversation(spawn(command, args, { stdio: "pipe" }));
}

/** Servers of remote desktops at all hosts, which show where to log in; and their clients, each with a screen that nobody sees. */
export class RdpServers implements AsyncDisposable {
  readonly #ingress: IngressFabric;
  readonly #children: ChildProcess[] = [];

  private constructor(ingress: IngressFabric) {
    this.#ingress = ingress;
  }

  static async start(ingress: IngressFabric): Promise<RdpServers> {
    const servers = new RdpServers(ingress);
    mkdirSync("/run/xrdp/sockdir", { recursive: true });
    for (const host of HOSTS) {
      const settings = {
        port: `tcp://127.0.0.1:${PORTS.rdp}`,
        fork: "false",
        LogFile: servers.#logOf(host),
        EnableSyslog: "false",
      };
      let config = readFileSync("/etc/xrdp/xrdp.ini", "utf8");
      for (const [key, value] of Object.entries(settings))
        config = config.replace(new RegExp(`^${key}=.*`, "m"), `${key}=${value}`);
      const file = join(ingress.folder, `xrdp-${host}.ini`);
      writeFileSync(file, config);
      await ingress.serve(`rdp-${host}`, host, PORTS.rdp, ["xrdp", "--nodaemon", "--config", file]);
    }
    return servers;
  }

  /** Opens a session, and waits until a host has it. */
  async open(): Promise<{ readonly host: Host; readonly client: ChildProcess }> {
    const before = this.#sessions();
    const screen = spawn(XVFB, ["-displayfd", "1", "-screen", "0", "800x600x24"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#children.push(screen);
    const [display] = (await once(createInterface(screen.stdout), "line")) as [string];
    const [command, ...args] = [
      ...this.#ingress.inWorld,
      "xfreerdp",
      `/v:${INGRESS}:${PORTS.rdp}`,
      "/cert:ignore",
      "/sec:tls",
      "/u:",
      "/p:",
    ];
    const env = { ...process.env, DISPLAY: `:${display}` };
    const client = spawn(command, args, { stdio: "ignore", env });
    this.#children.push(client);
    const found = await vi.waitUntil(
      () => HOSTS.find((host) => this.#sessions().get(host)! > before.get(host)!),
      PATIENCE,
    );
    return { host: found, client };
  }

  /** How many lines a host's server has logged. */
  saidOf(host: Host): number {
    return this.#read(host).split("\n").length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.toReversed()) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  }

  /** Sessions that each host has ever had. */
  #sessions(): ReadonlyMap<Host, number> {
    return new Map(HOSTS.map((host) => [host, this.#read(host).split("TLS connection established").length]));
  }

  #read(host: Host): string {
    const file = this.#logOf(host);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  #logOf(host: Host): string {
    return join(this.#ingress.folder, `xrdp-${host}.log`);
  }
}
