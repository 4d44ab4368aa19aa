import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { lackOfMachine } from "./fixtures/lack.ts";

const program = fileURLToPath(new URL("fixtures/on-machine.ts", import.meta.url));
const traffic = fileURLToPath(new URL("fixtures/egress-traffic.ts", import.meta.url));
const namespace = `flor-vpn-${process.pid}`;
const peer = `${namespace}-peer`;

const missing = lackOfMachine();
if (missing !== undefined) process.stderr.write(`left out: what vpn-flor changes on a machine (${missing})\n`);

/** Settings of others on the machine, some of them close to what vpn-flor makes. */
const MACHINE = `
  link set lo up
  link add e0 type veth peer name e1 netns ${peer}
  link set e0 addrgenmode none
  link set e0 up
  address add 192.0.2.1/24 dev e0
  address add 2001:db8::1/64 dev e0 nodad
  route add default via 192.0.2.254
  route add 10.20.0.0/16 via 192.0.2.253
  -6 route add default via 2001:db8::254
  rule add priority 5000 fwmark 5 lookup 77 protocol static
  rule add priority 5189 lookup main suppress_prefixlength 0 protocol static
  rule add priority 5300 fwmark 6 lookup 78 protocol 86
  -6 rule add priority 5000 fwmark 5 lookup 77 protocol static
  route add 198.18.0.0/15 dev e0 table 77 protocol 86
  route add 198.18.0.0/15 via 192.0.2.9 table 51900 metric 7 protocol static
  -6 route add unreachable 2001:db8:77::/48 table 51900 metric 7 protocol static`;
const PEER = `
  link set lo up
  link set e1 up
  address add 192.0.2.254/24 dev e1
  address add 198.51.100.9/32 dev lo`;

function batch(namespace: string, lines: string): void {
  // A batch has one family: those of IPv6 begin with their own option.
  for (const line of lines.trim().split("\n")) {
    execFileSync("ip", ["-netns", namespace, ...line.trim().split(" ")]);
  }
}

const inNamespace = (act: string, options: object): string[] => [
  "netns",
  "exec",
  namespace,
  process.execPath,
  "--conditions=@florenetes/source",
  program,
  act,
  JSON.stringify(options),
];

function run(act: string, options: object = {}): unknown {
  return JSON.parse(execFileSync("ip", inNamespace(act, options), { encoding: "utf8", timeout: 60_000 })) as unknown;
}

function start(act: string, options: object = {}): ChildProcess {
  return spawn("ip", inNamespace(act, options), { stdio: ["pipe", "pipe", "inherit"] });
}

/** A client that has led the machine's packets to its device, and is killed. */
async function killedClient(options: object = {}): Promise<unknown> {
  const child = start("up", options);
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect.poll(() => spawnSync("ip", ["-netns", namespace, "link", "show", "flor-vpn"]).status).not.toBe(0);
  return JSON.parse(line.toString()) as unknown;
}

const THROUGH_DEVICE = { far: "flor-vpn", far6: "flor-vpn" };
const BY_MAIN = {
  mesh: "e0",
  mesh6: "e0",
  local: "e0",
  local6: "e0",
  routed: "e0",
  excluded: "e0",
};
const SHUT = { far: "unreachable", far6: "unreachable" };
const OPEN = { far: "e0", far6: "e0" };

/** The outcome where systemd-resolved refuses. */
function refusal(reason: string): object {
  const fault = `\`resolvectl domain flor-vpn ~.\`: ${reason}`;
  return { found: ["ERR_VPN_RESOLVER"], faults: [fault], fault };
}

describe.skipIf(missing !== undefined)("a machine", () => {
  beforeEach(() => {
    execFileSync("ip", ["netns", "add", namespace]);
    execFileSync("ip", ["netns", "add", peer]);
    batch(namespace, MACHINE);
    batch(peer, PEER);
  });

  afterEach(() => {
    spawnSync("ip", ["netns", "delete", namespace]);
    spawnSync("ip", ["netns", "delete", peer]);
  });

  test("sends all but the mesh and its own networks through the device; nothing of that is left behind", () => {
    expect(run("life")).toEqual({
      open: { ...THROUGH_DEVICE, ...BY_MAIN },
      closed: { ...SHUT, ...BY_MAIN },
      changed: true,
      seen: ["198.51.100.7", "20010db8ffff00000000000000000007"],
      isAsBefore: true,
      after: { ...OPEN, ...BY_MAIN },
    });
  });

  test("without kill switch is open when the device is gone", () => {
    expect(run("life", { killSwitch: false })).toMatchObject({ closed: OPEN, isAsBefore: true });
  });

  test("without an IPv6 address keeps IPv6 in, rather than past the device", async () => {
    const addresses = [{ address: "10.9.0.2", prefix: 32 }];
    expect(await killedClient({ addresses })).toMatchObject({ far: "flor-vpn", far6: "unreachable", ...BY_MAIN });
  });

  test("sends only the networks that are included", async () => {
    const include = ["198.51.100.0/24", "2001:db8:1::/48"];
    expect(await killedClient({ include })).toMatchObject({ far: "flor-vpn", far6: "e0", ...BY_MAIN });
    expect(run("ways")).toMatchObject({ far: "unreachable", far6: "e0", ...BY_MAIN });
  });

  test("never leads the mesh into itself, also when it has lost its default route", async () => {
    batch(namespace, "route delete default");
    expect(await killedClient()).toMatchObject({ far: "flor-vpn", mesh: "unreachable" });
  });

  test("is shut when the process was killed, and as before when the next one has cleared it", async () => {
    const before = run("snapshot");
    await killedClient();
    expect(run("ways")).toEqual({ ...SHUT, ...BY_MAIN });
    expect(run("clear")).toEqual(before);
  });

  test("is shut at each moment of the next start, which removes what it does not need any more", async () => {
    const before = run("snapshot");
    await killedClient({ exclude: ["198.51.100.128/25", "203.0.113.0/24"] });
    const again = { farWays: ["flor-vpn", "unreachable"], ways: { ...THROUGH_DEVICE, ...BY_MAIN }, after: before };
    expect(run("again", { priority: 5_200, exclude: ["203.0.113.0/24"] })).toEqual(again);
  });

  test.each([
    [false, false],
    [true, true],
  ])("behind a killed process hears the mesh over a strict kernel once it holds: %s", async (hold, isHeard) => {
    execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.conf.e0.rp_filter=2"]);
    await killedClient();
    const child = start("hears", { hold });
    await once(child.stdout!, "data");
    const send = `const s = require("node:dgram").createSocket("udp4");
      s.bind(5555, "198.51.100.9", () => s.send("x", 5555, "192.0.2.1", () => s.close()));`;
    execFileSync("ip", ["netns", "exec", peer, process.execPath, "-e", send]);
    child.stdin!.end("all is sent\n");
    const [line] = (await once(child.stdout!, "data")) as [Buffer];
    expect(JSON.parse(line.toString())).toBe(isHeard);
    await once(child, "exit");
  });

  test.each([
    [
      "",
      { found: [], faults: [], fault: null },
      ["dns", "domain flor-vpn ~.", "default-route flor-vpn true", "dns flor-vpn 10.9.0.53"],
    ],
    ["exit 1", refusal("it ended with 1"), ["dns", "domain flor-vpn ~."]],
    ["echo denied >&2; exit 1", refusal("denied"), ["dns", "domain flor-vpn ~."]],
  ])("tells systemd-resolved of resolvers, and has a session where it refuses: %s", (end, outcome, told) => {
    const folder = mkdtempSync(join(tmpdir(), "resolvectl-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = `#!/bin/sh\necho "$@" >> ${folder}/told\n${end}\n`;
    writeFileSync(join(folder, "resolvectl"), script, { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, TOLD: join(folder, "told") };
    const output = execFileSync("ip", inNamespace("resolvers", {}), { env, encoding: "utf8", timeout: 60_000 });
    expect(JSON.parse(output)).toEqual({ far: "flor-vpn", ...outcome });
    // The first question looks whether anybody is there: at the start, and for the check.
    const lines = readFileSync(join(folder, "told"), "utf8").trim().split("\n");
    expect([...new Set(lines)]).toEqual(told);
  });

  test("is an egress, and is none any more", () => {
    const { during, ...result } = run("egress") as { during: string[] };
    expect(result).toEqual({ closed: "unreachable", isAsBefore: true });
    expect(during).toContain("10.9.0.0/24 dev flor-vpn proto 86 scope link metric 10 ");
    expect(during).toContain('\t\toifname != "flor-vpn" ip saddr 10.9.0.0/24 masquerade');
    expect(during).toContain('\t\tiifname != "flor-vpn" oifname "flor-vpn" ct state new drop');
  });

  test.each<[boolean, string[]]>([
    [true, ["answer to 192.0.2.1"]],
    [false, ["answer to 10.9.0.5", "segments of 1240", "stray"]],
  ])("that is an egress with NAT (%s) lets in what it should", async (nat, names) => {
    execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    batch(peer, "route add 10.9.0.0/24 via 192.0.2.1");
    const other = fileURLToPath(new URL("fixtures/peer.mjs", import.meta.url));
    const child = spawn("ip", ["netns", "exec", peer, process.execPath, other], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const args = ["--conditions=@florenetes/source", traffic, String(nat)];
    const output = execFileSync("ip", ["netns", "exec", namespace, process.execPath, ...args], { timeout: 60_000 });
    expect(JSON.parse(output.toString())).toEqual(names);
  });

  test("is looked at", () => {
    execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.conf.e0.rp_filter=1"]);
    execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.ip_forward=0"]);
    execFileSync("ip", ["netns", "exec", namespace, "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0"]);
    batch(namespace, "address add 10.9.0.2/32 dev e0");
    batch(namespace, "-6 rule add priority 5191 fwmark 9 lookup 9 protocol static");
    expect(run("look")).toEqual({
      client: [
        "there is a device flor-vpn already",
        "10.9.0.2 is an address of e0",
        "table 51900 has 2 routes that are not vpn-flor's, one to 198.18.0.0/15",
        "there are other rules with the priority 5191",
        "rp_filter is 1 at e0",
      ],
      egress: [
        "there is a device flor-vpn already",
        "the machine does not forward IPv4 (net.ipv4.ip_forward)",
        "the machine does not forward IPv6 (net.ipv6.conf.all.forwarding)",
        "net.netfilter.nf_conntrack_tcp_loose is 0",
        expect.stringMatching(
          /^4096 clients of 12032 connections each do not fit into net\.netfilter\.nf_conntrack_max, \d+$/,
        ),
      ],
    });
  });

  test("refuses with the system's reason", () => {
    expect(run("refused")).toEqual([
      '`ip link set dev nowhere up`: Cannot find device "nowhere" [ERR_VPN_COMMAND]',
      "`resolvectl status`: the program is not installed [ERR_VPN_COMMAND]",
      "there is a device flor-vpn already [ERR_VPN_DEVICE_TAKEN]",
      "the TUN device a/b cannot be made: EINVAL [ERR_VPN_DEVICE]",
    ]);
  });
});
