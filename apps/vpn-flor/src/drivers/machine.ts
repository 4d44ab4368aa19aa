import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { OperatorError } from "@florenetes/operator-text";
import type { Command, Family, Ipv6State } from "../machine/command.ts";
import {
  type FoundRoute,
  type FoundRule,
  type Kept,
  leftoverCommands,
  readRoutes,
  readRules,
} from "../machine/leftovers.ts";
import { VPN_MACHINE_ERRORS } from "../machine/machine-errors.ts";
import type { MachineFacts } from "../machine/machine-look.ts";
import { COMMAND_MS_MAX, COMMAND_OUTPUT_BYTES_MAX } from "../machine/limits.ts";

const NET = "/proc/sys/net";
/** Messages of iproute2 and the kernel for a thing that is there already, or is not there. Neither translates them. */
const SETTLED = {
  exists: /File exists/,
  absent: /No such (file or directory|process|device)|FIB table does not exist|Cannot find device/,
} as const;
const FIB_TABLE_ABSENT = /FIB table does not exist/;

interface Outcome {
  readonly isDone: boolean;
  readonly output: string;
  readonly complaint: string;
}

/** The machine that the process runs on: what is found there, and what is changed. */
export class Machine {
  /**
   * Looks at the machine, and changes nothing.
   *
   * @param table The routing table whose routes are asked for: a client's, or `main` for an egress.
   * @param asksResolver Whether systemd-resolved is asked whether it is there.
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async look(table: number | "main", asksResolver: boolean = false): Promise<MachineFacts> {
    const ipv6 = ipv6State();
    const families: readonly Family[] = ipv6 === "absent" ? [4] : [4, 6];
    const links = JSON.parse(await read(["-json", "address", "show"])) as readonly {
      readonly ifname?: string;
      readonly addr_info?: readonly { readonly local?: string }[];
    }[];
    const named = links.filter((link) => link.ifname !== undefined);
    return {
      devices: named.map((link) => link.ifname!),
      addresses: named.flatMap((link) =>
        (link.addr_info ?? []).flatMap(({ local }) =>
          local === undefined ? [] : [{ device: link.ifname!, address: local }],
        ),
      ),
      rules: await rulesOf(families),
      routes: await routesOf(families, table),
      ipv6,
      forwardsIpv4: setting("ipv4/ip_forward") === 1,
      forwardsIpv6: setting("ipv6/conf/all/forwarding") === 1,
      isTcpLoose: tcpLoose(),
      trackedMax: setting("netfilter/nf_conntrack_max"),
      strictDevices: strictDevices(),
      resolverFault: asksResolver ? await resolverFault() : undefined,
    };
  }

  /**
   * Runs commands one after the other, up to the first that fails.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async apply(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      const outcome = await run(command);
      if (!outcome.isDone && !isSettled(command, outcome)) throw failure(command, outcome);
    }
  }

  /**
   * Runs a command that changes nothing, and gives its output.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async ask(command: Command): Promise<string> {
    const outcome = await run(command);
    if (!outcome.isDone) throw failure(command, outcome);
    return outcome.output;
  }

  /**
   * Removes all that earlier processes have left behind and that `kept` does not have. With a plan, and after its `up`, a kill switch stays
   * closed throughout; with no rules and routes everything goes.
   *
   * @throws OperatorError `ERR_VPN_COMMAND`
   */
  async clear(kept: Kept): Promise<void> {
    const families: readonly Family[] = ipv6State() === "absent" ? [4] : [4, 6];
    // An egress makes no rules: those that there are can be a client's on the same machine.
    const rules = kept.table === "main" ? [] : await rulesOf(families);
    await this.apply(leftoverCommands(rules, await routesOf(families, kept.table), kept));
  }
}

/** Without more words, `resolvectl dns` tells of the resolvers that there are. */
async function resolverFault(): Promise<string | undefined> {
  const { isDone, complaint } = await run({ program: "resolvectl", args: ["dns"] });
  return isDone ? undefined : complaint;
}

async function rulesOf(families: readonly Family[]): Promise<FoundRule[]> {
  const found: FoundRule[] = [];
  for (const family of families) {
    found.push(...readRules(family, await read([`-${family}`, "-N", "-json", "rule", "show"])));
  }
  return found;
}

async function routesOf(families: readonly Family[], table: number | "main"): Promise<FoundRoute[]> {
  const found: FoundRoute[] = [];
  for (const family of families) {
    const json = await read([`-${family}`, "-N", "-json", "route", "show", "table", String(table)]);
    found.push(...readRoutes(family, table, json));
  }
  return found;
}

/** Returns the output of `ip`: nothing for a table without routes, where some versions fail. */
async function read(args: readonly string[]): Promise<string> {
  const command = { program: "ip", args } as const;
  const outcome = await run(command);
  if (outcome.isDone) return outcome.output;
  if (FIB_TABLE_ABSENT.test(outcome.complaint)) return "";
  throw failure(command, outcome);
}

function isSettled({ settled }: Command, { complaint }: Outcome): boolean {
  return settled !== undefined && SETTLED[settled].test(complaint);
}

function run({ program, args, input }: Command): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { timeout: COMMAND_MS_MAX, killSignal: "SIGKILL", maxBuffer: COMMAND_OUTPUT_BYTES_MAX } as const;
    const child = execFile(program, args, options, (error, output, complaint) => {
      const said = complaint.trim();
      if (error === null) resolve({ isDone: true, output, complaint: said });
      else resolve({ isDone: false, output, complaint: said === "" ? reasonOf(error) : said });
    });
    // A program that ends before it has read all of its input says why on stderr.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input ?? "");
  });
}

function reasonOf(error: Error & { readonly code?: unknown; readonly killed?: boolean }): string {
  if (error.code === "ENOENT") return "the program is not installed";
  if (error.killed === true) return `it did not end within ${COMMAND_MS_MAX / 1_000} s`;
  return typeof error.code === "number" ? `it ended with ${error.code}` : error.message;
}

function failure({ program, args }: Command, { complaint }: Outcome): OperatorError {
  const { advice } = VPN_MACHINE_ERRORS.ERR_VPN_COMMAND;
  return new OperatorError("ERR_VPN_COMMAND", `\`${[program, ...args].join(" ")}\`: ${complaint}`, { advice });
}

/** A number below /proc/sys/net; undefined where the kernel does not have it. */
function setting(path: string): number | undefined {
  try {
    return Number(readFileSync(`${NET}/${path}`, "utf8"));
  } catch {
    return undefined;
  }
}

function ipv6State(): Ipv6State {
  const isOff = setting("ipv6/conf/default/disable_ipv6");
  if (isOff === undefined) return "absent";
  return isOff === 1 ? "off" : "on";
}

function tcpLoose(): boolean | undefined {
  const value = setting("netfilter/nf_conntrack_tcp_loose");
  return value === undefined ? undefined : value !== 0;
}

/** The kernel takes the larger number of the device's own and that of `all`. */
function strictDevices(): string[] {
  const all = setting("ipv4/conf/all/rp_filter") ?? 0;
  const devices = readdirSync(`${NET}/ipv4/conf`).filter((name) => name !== "all" && name !== "default");
  return devices.filter((name) => Math.max(all, setting(`ipv4/conf/${name}/rp_filter`) ?? 0) === 1);
}
