import { type ChildProcess, spawnSync } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@florenetes/meshlab";
import { expect, vi } from "vitest";
import { now } from "./monotonic-clock.ts";
import { PATIENCE_MS } from "./patience.ts";

/** Services at the host for these programs: the protocol of each, its port, and that of the client's tunnel. */
const PROGRAMS = {
  iperf: { protocol: "tcp", target: 5_201, tunnel: 18_081 },
  mosh: { protocol: "udp", target: 60_001, tunnel: 18_082 },
  files: { protocol: "tcp", target: 8_090, tunnel: 18_083 },
} as const;
/** The names of these services. */
export const PHONE_SERVICES: readonly string[] = Object.keys(PROGRAMS);

/** Services at a host, as a `FabricLab` plans them. */
export function phoneServices(
  host: string,
): Record<string, { allow: readonly string[]; targets: Record<string, string> }> {
  const services = Object.entries(PROGRAMS).map(([name, { protocol, target }]) => {
    return [name, { allow: ["user/alice"], targets: { [host]: `${protocol}://127.0.0.1:${target}` } }];
  });
  return Object.fromEntries(services);
}

/** Tunnels of a client that lead to them. */
export function phoneTunnels(client: string): { node: string; listen: string; as: string; service: string }[] {
  return Object.entries(PROGRAMS).map(([service, { protocol, tunnel }]) => {
    return { node: client, listen: `${protocol}://127.0.0.1:${tunnel}`, as: "user/alice", service };
  });
}

const NEEDED = ["iperf3", "mosh-server", "mosh-client", "tmux", "curl", "python3"] as const;
/** Whether all of them are installed. */
export const hasPhonePrograms: boolean = NEEDED.every((name) => spawnSync("which", [name]).status === 0);

/** mosh takes no other locale than UTF-8, and a screen that says nothing before the server does. */
const TERMINAL = ["env", "LC_ALL=C.UTF-8", "TERM=xterm", "MOSH_PREDICTION_DISPLAY=never"];
const FACTOR = 7;
const SHELL = `while read -r number; do echo "answer $((number * ${FACTOR}))"; done`;
const FILE_OCTETS = 2 ** 33;
const LOOK_MS = 50;

/** A program of the client that is to run to the end of the test, and the time of its last sign that it gets something. */
interface Running {
  readonly child: ChildProcess;
  at: number;
}

/** Other people's programs that a phone's user has open for long, at a client whose tunnels lead to the services of a host. */
export class PhonePrograms implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #client: string;
  readonly #tmux: readonly string[];
  readonly #children: ChildProcess[] = [];
  readonly #running = new Map<string, Running>();
  #typed = 0;

  private constructor(lab: Lab, client: string) {
    this.#lab = lab;
    this.#client = client;
    this.#tmux = [...TERMINAL, "tmux", "-S", join(lab.folder, "tmux.sock"), "-f", "/dev/null"];
  }

  /** Starts servers and clients. */
  static async start(lab: Lab, client: string, host: string): Promise<PhonePrograms> {
    const programs = new PhonePrograms(lab, client);
    await programs.#startServers(host);
    await programs.#startMosh(host);
    const iperf = [
      "iperf3",
      "--client",
      "127.0.0.1",
      "--port",
      String(PROGRAMS.iperf.tunnel),
      "--time",
      "3600",
      "--bitrate",
      "2M",
    ];
    programs.#run("iperf3", [...iperf, "--reverse", "--interval", "0.5", "--forceflush"], /[1-9][\d.]* [KM]?Bytes/);
    const url = `http://127.0.0.1:${PROGRAMS.files.tunnel}/large`;
    programs.#run("curl", ["curl", "--silent", "--show-error", "--fail", "--limit-rate", "1M", url], undefined);
    return programs;
  }

  /** Waits until each program has got something after that time, and says how long each had to wait. Fails where one of them has ended. */
  async untilProgress(since: number): Promise<string> {
    const waits = [`mosh ${await this.#ask(since)} ms`];
    for (const [name, running] of this.#running) {
      while (running.at <= since) {
        expect(running.child.exitCode, `${name} has ended`).toBe(null);
        expect(now() - since, `${name} goes on`).toBeLessThan(PATIENCE_MS);
        await sleep(LOOK_MS);
      }
      waits.push(`${name} ${Math.round(running.at - since)} ms`);
    }
    return waits.join(", ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab.exec(this.#client, [...this.#tmux, "kill-server"]);
    for (const child of this.#children) child.kill("SIGKILL");
  }

  async #startServers(host: string): Promise<void> {
    const [iperf, files] = [PROGRAMS.iperf.target, PROGRAMS.files.target];
    const file = await open(join(this.#lab.folder, "large"), "w");
    await file.truncate(FILE_OCTETS);
    await file.close();
    const serve = (argv: readonly string[]): void => {
      this.#children.push(this.#lab.spawn(host, argv, { stdio: "ignore" }));
    };
    serve(["iperf3", "--server", "--bind", "127.0.0.1", "--port", String(iperf)]);
    serve(["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", this.#lab.folder, String(files)]);
    const listening = async (port: number): Promise<boolean> =>
      (await this.#lab.exec(host, ["ss", "-Htln", `sport = :${port}`])).stdout !== "";
    for (const port of [iperf, files])
      await vi.waitUntil(() => listening(port), { timeout: PATIENCE_MS, interval: LOOK_MS });
  }

  async #startMosh(host: string): Promise<void> {
    const server = [
      "mosh-server",
      "new",
      "-i",
      "127.0.0.1",
      "-p",
      String(PROGRAMS.mosh.target),
      "--",
      "sh",
      "-c",
      SHELL,
    ];
    const { stdout, stderr } = await this.#lab.exec(host, [...TERMINAL, ...server]);
    const [, key] = /^MOSH CONNECT \d+ (\S+)/m.exec(stdout) ?? [];
    expect(key, `mosh-server says ${stdout}${stderr}`).not.toBe(undefined);
    const client = ["env", `MOSH_KEY=${key}`, "mosh-client", "127.0.0.1", String(PROGRAMS.mosh.tunnel)];
    const started = await this.#lab.exec(this.#client, [...this.#tmux, "new-session", "-d", "-x", "80", ...client]);
    expect(started.code, started.stderr).toBe(0);
  }

  /** Types a line into mosh's terminal, and waits for the answer on its screen. Returns milliseconds since that time. */
  async #ask(since: number): Promise<number> {
    const answer = new RegExp(`^answer ${++this.#typed * FACTOR} *$`, "m");
    await this.#lab.exec(this.#client, [...this.#tmux, "send-keys", String(this.#typed), "Enter"]);
    for (;;) {
      const { code, stdout } = await this.#lab.exec(this.#client, [...this.#tmux, "capture-pane", "-p"]);
      expect(code, "mosh has ended").toBe(0);
      if (answer.test(stdout)) return Math.round(now() - since);
      expect(now() - since, `mosh shows ${stdout}`).toBeLessThan(PATIENCE_MS);
      await sleep(LOOK_MS);
    }
  }

  /** Runs a client whose output shows progress: all of it, or what fits. */
  #run(name: string, argv: readonly string[], sign: RegExp | undefined): void {
    const child = this.#lab.spawn(this.#client, argv, { stdio: ["ignore", "pipe", "inherit"] });
    const running: Running = { child, at: -Infinity };
    child.stdout!.on("data", (chunk: Buffer) => {
      if (sign === undefined || sign.test(chunk.toString())) running.at = now();
    });
    this.#children.push(child);
    this.#running.set(name, running);
  }
}
