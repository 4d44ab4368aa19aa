import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeOwnFolder } from "../sweep.ts";
import { isSoon } from "../until.ts";

const SOURCE = join(import.meta.dirname, "../../native/wire.c");
const COMPILERS = ["cc", "gcc", "clang"].flatMap((name) => [`/usr/bin/${name}`, `/usr/local/bin/${name}`]);
const READY_WITHIN_MS = 5_000;

/** What a wire does to frames, in each direction alike. What is left out it does not do. */
export interface WireOptions {
  readonly lossShare?: number;
  /** There and back: half of it each way. */
  readonly delayMs?: number;
  readonly megabitsPerSecond?: number;
  /** What waits where the rate is limited, at most. */
  readonly bufferBytes?: number;
}

/** One end of a wire: an interface in a namespace. */
export interface WireEnd {
  readonly namespace: string;
  readonly device: string;
}

/**
 * Puts a bad wire in the place of a veth pair: two TAP devices of the same names and addresses, and a program between them that
 * passes frames on. The kernel cuts what it sends to such a device into frames, so that what is lost is one packet. Routes over
 * the old wire are lost.
 *
 * @throws Error when there is no C compiler on this machine, or no /dev/net/tun.
 */
export async function spliceBadWire(ends: readonly [WireEnd, WireEnd], options: WireOptions): Promise<Disposable> {
  const folder = makeOwnFolder("wire");
  let child: ChildProcess | undefined;
  const dispose = (): void => {
    child?.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const program = compile(folder);
    const before = ends.map((end) => ({ end, addresses: addressesOf(end) }));
    ip(ends[0], "link", "delete", ends[0].device);
    const argv = [...ends.flatMap(({ namespace, device }) => [namespace, device]), ...wireArguments(options)];
    child = spawn(program, argv, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (bytes: Buffer) => (said += bytes.toString()));
    const isReady = await isSoon(() => said.includes("ready\n") || child?.exitCode !== null, READY_WITHIN_MS);
    if (!isReady || !said.includes("ready\n")) throw new Error(`the bad wire does not work: ${said.trim()}`);
    for (const { end, addresses } of before) {
      for (const address of addresses) ip(end, "address", "add", address, "dev", end.device);
      ip(end, "link", "set", end.device, "up");
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { [Symbol.dispose]: dispose };
}

/** Arguments of native/wire.c: microseconds each way, lost frames in a million, kbit/s, bytes. */
export function wireArguments({ lossShare, delayMs, megabitsPerSecond, bufferBytes }: WireOptions): string[] {
  return [(delayMs ?? 0) * 500, (lossShare ?? 0) * 1e6, (megabitsPerSecond ?? 0) * 1000, bufferBytes ?? 0].map(
    (value) => Math.round(value).toString(),
  );
}

function compile(folder: string): string {
  const compiler = COMPILERS.find((path) => existsSync(path));
  if (compiler === undefined)
    throw new Error("a bad wire needs a C compiler: install Debian's packages gcc and libc6-dev");
  const program = join(folder, "wire");
  execFileSync(compiler, ["-O2", "-o", program, SOURCE], { stdio: "pipe" });
  return program;
}

function addressesOf(end: WireEnd): string[] {
  const [device] = JSON.parse(ip(end, "-json", "address", "show", "dev", end.device)) as {
    readonly addr_info: readonly { readonly family: string; readonly local: string; readonly prefixlen: number }[];
  }[];
  return device!.addr_info
    .filter(({ family }) => family === "inet")
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

function ip({ namespace }: WireEnd, ...argv: string[]): string {
  return execFileSync("ip", ["-n", namespace, ...argv], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
