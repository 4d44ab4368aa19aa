/** A real systemd-resolved for a namespace of a test, and servers of names that it may ask. */
import { type ChildProcess, spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, runToEnd } from "./executables.ts";

const script = fileURLToPath(new URL("resolver.sh", import.meta.url));
const PACKAGE = "systemd-resolved";

/**
 * Brings Debian's package of systemd-resolved into an empty folder. To install it would change how the machine itself resolves names. Where no mirror of Debian
 * answers there is none, and that is said.
 */
export function fetchResolved(tests: string, folder: string): boolean {
  // The user as whom apt fetches may write there.
  chmodSync(folder, 0o777);
  const fetched = runIn(folder, "apt-get", "download", "--quiet", PACKAGE);
  const file = readdirSync(folder).find((name) => name.endsWith(".deb"));
  const { status, stderr } = file === undefined ? fetched : runIn(folder, "dpkg-deb", "--extract", file, "tree");
  chmodSync(folder, 0o755);
  if (status === 0 && file !== undefined) return true;
  process.stderr.write(`left out: ${tests} (${PACKAGE}: ${stderr})\n`);
  return false;
}

function runIn(cwd: string, program: string, ...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(program, words, { cwd, encoding: "utf8" });
}

/** systemd-resolved in a network namespace. Programs beside it, which find its bus, are started with `entry` before their words. */
export class Resolver implements Disposable {
  readonly #process: ChildProcess;
  readonly #namespace: string;

  /**
   * @param folder that of `fetchResolved`
   * @param nameserver the address that the machine's names are resolved at without a VPN
   */
  constructor(namespace: string, folder: string, nameserver: string) {
    this.#namespace = namespace;
    const argv = ["unshare", "--mount", "sh", script, join(folder, "tree"), nameserver];
    this.#process = spawnInside(namespace, argv);
  }

  get entry(): readonly string[] {
    return ["nsenter", `--mount=/proc/${this.#process.pid}/ns/mnt`, "--"];
  }

  /** Runs `resolvectl` to its end. */
  ask(...words: readonly string[]): Promise<Answer> {
    return runToEnd(["ip", "netns", "exec", this.#namespace, ...this.entry, "resolvectl", ...words]);
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }
}

/** Starts a server that answers each question for an address of IPv4 by the same one, so that the answer says which server was asked. */
export function serveNames(namespace: string, at: string, answer: string): ChildProcess {
  const own = ["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--no-resolv", "--no-hosts"];
  const words = [`--listen-address=${at}`, "--bind-interfaces", `--address=/#/${answer}`];
  return spawnInside(namespace, ["dnsmasq", ...own, ...words]);
}

/** A process that ends with this one. `ip netns exec`, `setpriv` and `unshare` become the command, so that its process id is that of the child. */
function spawnInside(namespace: string, argv: readonly string[]): ChildProcess {
  const words = ["netns", "exec", namespace, "setpriv", "--pdeathsig", "KILL", ...argv];
  return spawn("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
}
