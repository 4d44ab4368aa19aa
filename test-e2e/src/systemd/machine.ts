import { type ChildProcess, spawn, type SpawnOptions, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { type Answer, runToEnd } from "../executables.ts";
import { areInstalled } from "../installed.ts";
import { now } from "../monotonic-clock.ts";
import { PATIENCE, PATIENCE_MS } from "../patience.ts";
import { isRoot } from "../root.ts";

const checkout = fileURLToPath(new URL("../../../", import.meta.url)).replace(/\/$/, "");
const bootScript = fileURLToPath(new URL("boot.sh", import.meta.url));
const NAMESPACES = ["--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--cgroup", "--net"];
/** The beginning of names of control groups; the numbers behind it are the process that made the group, and a count. */
const GROUP = "florenetes-test-";
/** A script that tries all mounts of boot.sh which not every system permits. */
const PROBE = `
mount --make-rprivate / && mount -t tmpfs tmpfs "$0" && mkdir "$0/upper" "$0/work" "$0/root" &&
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root" &&
mount -t sysfs -o ro sysfs "$0/root/sys" && mount -t cgroup2 cgroup2 "$0/root/sys/fs/cgroup"`;

/** Properties of a unit, as `systemctl show` names them. */
export type UnitState = Readonly<Record<"ActiveState" | "MainPID" | "NRestarts" | "Result" | "StatusText", string>>;

/** Whether such a machine can be started here. Otherwise says on standard error which tests are left out, and why. */
export function canBootSystemd(tests: string): boolean {
  if (!isRoot) return leftOut(tests, "it needs root");
  if (!areInstalled(tests, "/lib/systemd/systemd", "systemctl", "unshare", "nsenter", "setpriv", "pivot_root", "ip"))
    return false;
  if (cgroupsAt() === undefined) return leftOut(tests, "there are no control groups of version 2");
  const folder = mkdtempSync(join(tmpdir(), "florenetes-systemd-"));
  try {
    const { status, stderr } = spawnSync("unshare", [...NAMESPACES, "sh", "-c", PROBE, folder], { encoding: "utf8" });
    return status === 0 || leftOut(tests, stderr.trim());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function leftOut(tests: string, why: string): false {
  process.stderr.write(`left out: ${tests} (${why})\n`);
  return false;
}

/** The place of this process's own control group. */
function cgroupsAt(): string | undefined {
  const at = /^\S+ (\S+) cgroup2 /m.exec(readFileSync("/proc/self/mounts", "utf8"))?.[1];
  const own = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
  return at === undefined || own === undefined ? undefined : join(at, own);
}

/** A machine whose first process is systemd, in namespaces of its own: boot.sh says what it is made of. */
export class SystemdMachine implements AsyncDisposable {
  /** Machines that this process has booted. */
  static #booted = 0;
  readonly #unshare: ChildProcess;
  readonly #memory: string;
  readonly #cgroup: string;
  #init = 0;
  #said = "";

  private constructor(unshare: ChildProcess, memory: string, cgroup: string) {
    this.#unshare = unshare;
    this.#memory = memory;
    this.#cgroup = cgroup;
    unshare.stderr!.on("data", (text) => (this.#said += String(text)));
  }

  /**
   * Boots the machine, and waits until all units are up or have failed to come up.
   *
   * @param installed a root below which an install has been put; it is read, and not written
   * @param base the root of a system whose files the machine has besides; by default that of the machine around it
   * @param disk a folder that keeps what is written, for the next machine that is booted with it; by default it is in memory
   */
  static async boot(installed: string, units: readonly string[], base = "/", disk = ""): Promise<SystemdMachine> {
    const memory = mkdtempSync(join(tmpdir(), "florenetes-systemd-"));
    removeLeftovers();
    const cgroup = join(cgroupsAt()!, `${GROUP}${process.pid}-${SystemdMachine.#booted++}`);
    mkdirSync(cgroup);
    // The machine ends with this process, whatever ends the process.
    const start = 'echo $$ > "$0/cgroup.procs" && exec setpriv --pdeathsig KILL unshare "$@"';
    const boot = [bootScript, memory, base, installed, checkout, units.join(" "), disk];
    const unshare = spawn("sh", ["-c", start, cgroup, ...NAMESPACES, ...boot], { stdio: ["ignore", "ignore", "pipe"] });
    const machine = new SystemdMachine(unshare, memory, cgroup);
    try {
      await machine.#untilBooted();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a command in the machine to its end. */
  run(...argv: readonly string[]): Promise<Answer> {
    return runToEnd(this.#inside(argv));
  }

  /** Runs a command that has to succeed; returns what it printed. */
  async do(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    expect({ argv, code, stderr }).toEqual({ argv, code: 0, stderr: "" });
    return stdout;
  }

  /** Starts a command that goes on until it is killed, or the machine ends. */
  spawn(_node: string, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [command = "", ...args] = this.#inside(argv);
    return spawn(command, args, options);
  }

  /** The words that enter the machine: a command behind them runs in it. */
  get entry(): readonly string[] {
    return this.#inside([]);
  }

  /** The process by which `ip` knows the machine's network. */
  get network(): string {
    return String(this.#init);
  }

  /** Joins this machine and another one by a wire with an address, as `10.1.0.1/30`, at either end. Its name is that of the other machine. */
  async wire(
    own: { readonly name: string; readonly address: string },
    to: { readonly machine: SystemdMachine; readonly name: string; readonly address: string },
  ): Promise<void> {
    const ends = ["name", to.name, "netns", String(this.#init), "type", "veth", "peer", "name", own.name];
    const { code, stderr } = await runToEnd(["ip", "link", "add", ...ends, "netns", String(to.machine.#init)]);
    expect(code, stderr).toBe(0);
    for (const [machine, name, address] of [
      [this, to.name, own.address],
      [to.machine, own.name, to.address],
    ] as const) {
      await machine.do("ip", "address", "add", address, "dev", name);
      await machine.do("ip", "link", "set", "dev", name, "up");
    }
  }

  async unit(name: string): Promise<UnitState> {
    const properties = ["ActiveState", "MainPID", "NRestarts", "Result", "StatusText"].map(
      (each) => `--property=${each}`,
    );
    const lines = (await this.do("systemctl", "show", name, ...properties)).trimEnd().split("\n");
    return Object.fromEntries(
      lines.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
    ) as UnitState;
  }

  async untilUnit(name: string, state: Partial<UnitState>): Promise<UnitState> {
    await expect.poll(() => this.unit(name), PATIENCE).toMatchObject(state);
    return this.unit(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unshare.kill("SIGKILL");
    await until(() => removeGroups(this.#cgroup));
    rmSync(this.#memory, { recursive: true });
  }

  async #untilBooted(): Promise<void> {
    const { pid } = this.#unshare;
    await until(async () => {
      if (this.#unshare.exitCode !== null) throw new Error(`the machine does not boot: ${this.#said}`);
      this.#init ||= Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ")[0]);
      return this.#init !== 0 && (await this.run("systemctl", "is-active", "tested.target")).code === 0;
    });
  }

  /** A command inside ends when nsenter does, which waits for it. */
  #inside(argv: readonly string[]): string[] {
    return ["nsenter", "--target", String(this.#init), "--all", "--", "setpriv", "--pdeathsig", "KILL", ...argv];
  }
}

/** Waits in a hook, where `expect.poll` does not work. */
async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = now() + PATIENCE_MS;
  while (!(await isDone())) {
    if (now() > deadline) throw new Error(`not done after ${PATIENCE_MS} ms: ${String(isDone)}`);
    await sleep(PATIENCE.interval);
  }
}

/** Removes control groups of runs that were killed, and could not remove their own. */
function removeLeftovers(): void {
  const folder = cgroupsAt()!;
  for (const name of readdirSync(folder).filter((name) => name.startsWith(GROUP))) {
    if (!existsSync(`/proc/${name.slice(GROUP.length).split("-", 1)[0]}`)) removeGroups(join(folder, name));
  }
}

/** Removes a control group with the groups in it; false: processes of theirs are still ending. */
function removeGroups(group: string): boolean {
  try {
    const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    if (!inner.every(({ name }) => removeGroups(join(group, name)))) return false;
    rmdirSync(group);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}
