import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Lab, WireEnd } from "@florenetes/meshlab";
import { start } from "../measures/programs.ts";
import type { NodeName, WireOptions } from "../place.ts";

const SOURCE = join(import.meta.dirname, "../../native/wire.c");
const COMPILERS = ["cc", "gcc", "clang"].flatMap((name) => [`/usr/bin/${name}`, `/usr/local/bin/${name}`]);
const READY_MS_MAX = 5_000;

/**
 * Puts a bad wire in the place of a veth pair: two TAP devices of the same names and addresses, and a program between them that
 * passes frames on, and ends with the lab. The kernel cuts what it sends to such a device into frames, so that what is lost is one
 * packet. Routes over the old wire are lost.
 *
 * @throws Error when there is no C compiler on this machine, or no /dev/net/tun.
 */
export async function spliceBadWire(
  lab: Lab,
  [left, right]: readonly [NodeName, NodeName],
  options: WireOptions,
): Promise<void> {
  const { name, ends } = lab.wire(left, right);
  const program = compile(lab.folder);
  ip(ends[0], "link", "delete", name);
  const devices = ends.flatMap(({ namespace }) => [namespace, name]);
  const wire = start(lab, left, [program, ...devices, ...wireArguments(options)]);
  if (!(await wire.untilSays("ready\n", READY_MS_MAX))) throw new Error(`the bad wire does not work: ${wire.said()}`);
  for (const end of ends) {
    ip(end, "address", "add", `${end.address}/30`, "dev", name);
    ip(end, "link", "set", name, "up");
  }
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

function ip({ namespace }: WireEnd, ...argv: string[]): void {
  execFileSync("ip", ["-n", namespace, ...argv], { stdio: "pipe" });
}
