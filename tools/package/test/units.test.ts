import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { install } from "../src/install/install.ts";
import type { Release } from "../src/release.ts";

/** The worst exposure that a unit may have; `systemd-analyze security` calls everything below 3.0 OK. */
const EXPOSURE_MAX = 2;
const UNITS = [
  "link-flor.service",
  "cluster-flor@example.service",
  "cluster-flor-prepare@example.service",
  "fabric-flor@example.service",
  "vpn-flor@example.service",
  "control-flor@example.service",
  "store-flor@example.service",
  "update-flor.service",
  "florenetes-issuer@example.service",
  "florenetes-keep@example.service",
  "florenetes-keep-vertex@example.service",
  "florenetes-lists@example.service",
  "florenetes-lists-vertex@example.service",
];
const STARTERS = ["florenetes-keep@example.timer", "florenetes-keep-vertex@example.timer", "update-flor@example.path"];
/** Units of the system that ours are ordered after or wanted by. */
const OF_SYSTEM = ["sysinit", "basic", "shutdown", "network", "nss-lookup", "multi-user", "timers", "time-sync"];

const checkout = join(import.meta.dirname, "../../..");
const systemUnits = "/usr/local/lib/systemd/system";
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "florenetes-units-"));
  const programs = [
    "link-flor",
    "cluster-flor",
    "fabric-flor",
    "vpn-flor",
    "control-flor",
    "store-flor",
    "update-flor",
    "flor",
  ].map((name) => ({
    path: `bin/${name}`,
    isExecutable: true,
    content: { text: "#!/bin/sh\n" },
  }));
  install({ name: "test", files: [...programs, page] }, checkout, root);
  const folder = join(root, "usr/lib/systemd/system");
  mkdirSync(folder, { recursive: true });
  for (const name of OF_SYSTEM) writeFileSync(join(folder, `${name}.target`), "[Unit]\nDescription=of the system\n");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const page: Release["files"][number] = { path: "docs/operate/systemd.md", isExecutable: false, content: { text: "" } };

function analyze(...args: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync("systemd-analyze", [...args, "--root", root, "--no-pager"], {
    encoding: "utf8",
    env: { ...process.env, SYSTEMD_COLORS: "0" },
  });
  return { status, output: `${stdout}${stderr}` };
}

const version = spawnSync("systemd-analyze", ["--version"], { encoding: "utf8" }).stdout ?? "";
const major = Number(/^systemd (\d+)/.exec(version)?.[1] ?? 0);
const isThere = major >= 252;
if (!isThere)
  process.stderr.write("left out: what systemd says of the units (it needs systemd-analyze of systemd 252)\n");

describe.skipIf(!isThere)("systemd-analyze", () => {
  test.each([...UNITS, ...STARTERS])("verifies %s", (unit) => {
    expect(analyze("verify", "--man=no", unit)).toEqual({ status: 0, output: "" });
  });

  test.each(UNITS)(`finds no more exposure of %s than ${EXPOSURE_MAX.toFixed(1)}`, (unit) => {
    const { output } = analyze("security", "--offline=true", unit);
    const exposure = Number(/^→ Overall exposure level for .*: (\d+\.\d)/m.exec(output)?.[1]);
    expect(exposure, output).toBeLessThanOrEqual(EXPOSURE_MAX);
  });

  test("finds no more exposure of cluster-flor with low ports", () => {
    const dropIns = join(root, "etc/systemd/system/cluster-flor@low.service.d");
    mkdirSync(dropIns, { recursive: true });
    const example = readFileSync(join(root, "etc/florenetes/examples/low-ports.conf"), "utf8");
    writeFileSync(join(dropIns, "low-ports.conf"), example);
    expect(analyze("verify", "--man=no", "cluster-flor@low.service")).toEqual({ status: 0, output: "" });
    const { output } = analyze("security", "--offline=true", "cluster-flor@low.service");
    expect(output).toMatch(/✗ AmbientCapabilities=/);
    expect(Number(/^→ Overall exposure level for .*: (\d+\.\d)/m.exec(output)?.[1])).toBeLessThanOrEqual(EXPOSURE_MAX);
  });
});

describe.skipIf(!isThere)("a gateway's drop-in", () => {
  test("leaves store-flor no more exposure, and no addresses but loopback", () => {
    const dropIns = join(root, "etc/systemd/system/store-flor@gateway.service.d");
    mkdirSync(dropIns, { recursive: true });
    const example = readFileSync(join(root, "etc/florenetes/examples/store-flor-gateway.conf"), "utf8");
    writeFileSync(join(dropIns, "gateway.conf"), example);
    expect(settings(example)).toContain("IPAddressAllow=localhost");
    expect(analyze("verify", "--man=no", "store-flor@gateway.service")).toEqual({ status: 0, output: "" });
    const { output } = analyze("security", "--offline=true", "store-flor@gateway.service");
    expect(Number(/^→ Overall exposure level for .*: (\d+\.\d)/m.exec(output)?.[1])).toBeLessThanOrEqual(EXPOSURE_MAX);
  });
});

describe.skipIf(!isThere)("the drop-in of what keeps an audit", () => {
  test("leaves store-flor no more exposure, and no addresses", () => {
    const dropIns = join(root, "etc/systemd/system/store-flor@keep.service.d");
    mkdirSync(dropIns, { recursive: true });
    const example = readFileSync(join(root, "etc/florenetes/examples/store-flor-keep.conf"), "utf8");
    writeFileSync(join(dropIns, "keep.conf"), example);
    expect(settings(example)).toEqual(["BindReadOnlyPaths=-/run/florenetes-control-%i"]);
    expect(analyze("verify", "--man=no", "store-flor@keep.service")).toEqual({ status: 0, output: "" });
    const { output } = analyze("security", "--offline=true", "store-flor@keep.service");
    expect(Number(/^→ Overall exposure level for .*: (\d+\.\d)/m.exec(output)?.[1])).toBeLessThanOrEqual(EXPOSURE_MAX);
  });
});

const hasUsers = spawnSync("systemd-sysusers", ["--version"]).status === 0 && process.getuid!() === 0;

if (!hasUsers) process.stderr.write("left out: users of the units are made (it needs systemd-sysusers, and root)\n");

test.skipIf(!hasUsers)("users and groups are made, and nothing is said against their lines", () => {
  const { status, stderr } = spawnSync("systemd-sysusers", ["--root", root], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const users = readFileSync(join(root, "etc/passwd"), "utf8");
  for (const name of ["link", "issuer"])
    expect(users).toMatch(new RegExp(`^florenetes-${name}:.*:/usr/sbin/nologin$`, "m"));
  expect(readFileSync(join(root, "etc/group"), "utf8")).toMatch(/^florenetes:.*:florenetes-link$/m);
});

test("the units of both programs differ in nothing but what is said in their own folders", () => {
  const [link, cluster] = ["link-flor.service", "cluster-flor@.service"].map((name) =>
    settings(readFileSync(join(root, systemUnits, name), "utf8")),
  );
  const keys = (lines: readonly string[], others: readonly string[]): string[] =>
    lines.filter((line) => !others.includes(line)).map((line) => line.slice(0, line.indexOf("=")));
  const run = ["RuntimeDirectory", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve"];
  const begin = ["After", "ExecStart", "ExecReload", "User", "Group"];
  expect(keys(link!, cluster!)).toEqual(["Description", ...begin, ...run, "StateDirectory", "ReadWritePaths"]);
  const places = ["StateDirectory", "TemporaryFileSystem", "BindPaths", "ReadWritePaths", "ReadWritePaths"];
  expect(keys(cluster!, link!)).toEqual(["Description", "Wants", ...begin, ...places]);
});

test("the agent's unit starts nothing without a config, has no sockets of the Internet, and no right that the cluster vertex's lacks", () => {
  const [cluster, fabric] = ["cluster-flor@.service", "fabric-flor@.service"].map((name) =>
    settings(readFileSync(join(root, systemUnits, name), "utf8")),
  );
  expect(fabric).toContain("ConditionPathExists=/etc/florenetes/%i/fabric-flor.yaml");
  const more = fabric!.filter((line) => !cluster!.includes(line) && !/^(Description|After|Condition|Exec)/.test(line));
  expect(more.toSorted()).toEqual([
    "BindPaths=/var/lib/florenetes/fabric-%i",
    "BindReadOnlyPaths=-/etc/florenetes/%i",
    "BindReadOnlyPaths=-/var/lib/florenetes/update",
    "Group=fabric-%i",
    "IPAddressDeny=any",
    "ReadWritePaths=-/run/florenetes-fabric-%i",
    "RestrictAddressFamilies=AF_UNIX AF_NETLINK",
    "StateDirectory=florenetes/fabric-%i",
    "User=fabric-%i",
  ]);
});

test("the VPN's unit has the right and the device that the agent's lacks, keeps nothing, and leaves a kill switch after a crash", () => {
  const [fabric, vpn] = ["fabric-flor@.service", "vpn-flor@.service"].map((name) =>
    settings(readFileSync(join(root, systemUnits, name), "utf8")),
  );
  expect(vpn).toContain("ConditionPathExists=/etc/florenetes/%i/vpn-flor.yaml");
  const beyond = (lines: readonly string[], others: readonly string[]): string[] =>
    lines.filter((line) => !others.includes(line) && !/^(Description|After|Condition)/.test(line)).toSorted();
  expect(beyond(vpn!, fabric!)).toEqual([
    "AmbientCapabilities=CAP_NET_ADMIN",
    "CapabilityBoundingSet=CAP_NET_ADMIN",
    "DeviceAllow=/dev/net/tun rw",
    "ExecReload=/opt/florenetes/current/bin/vpn-flor reload --config /etc/florenetes/%i/vpn-flor.yaml",
    "ExecStart=/opt/florenetes/current/bin/vpn-flor run --config /etc/florenetes/%i/vpn-flor.yaml",
    "Group=vpn-%i",
    "ReadWritePaths=-/run/florenetes-vpn-%i",
    "RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6",
    "User=vpn-%i",
  ]);
  const lacking = beyond(fabric!, vpn!).filter((line) => !/^(Exec|User|Group|ReadWritePaths|Restrict)/.test(line));
  expect(lacking).toEqual([
    "BindPaths=/var/lib/florenetes/fabric-%i",
    "BindReadOnlyPaths=-/var/lib/florenetes/update",
    "CapabilityBoundingSet=",
    "PrivateDevices=yes",
    "ProcSubset=pid",
    "StateDirectory=florenetes/fabric-%i",
    "StateDirectoryMode=0700",
  ]);
});

test("the unit of the control API has no right that the agent's lacks but to ask the agent, whose sockets alone it sees of the node's", () => {
  const [fabric, control] = ["fabric-flor@.service", "control-flor@.service"].map((name) =>
    settings(readFileSync(join(root, systemUnits, name), "utf8")),
  );
  expect(control).toContain("ConditionPathExists=/etc/florenetes/%i/control-flor.yaml");
  const beyond = (lines: readonly string[], others: readonly string[]): string[] =>
    lines.filter((line) => !others.includes(line) && !/^(Description|After|Condition|Exec)/.test(line)).toSorted();
  expect(beyond(control!, fabric!)).toEqual([
    "BindPaths=-/run/florenetes-control-%i",
    "BindPaths=/var/lib/florenetes/control-%i",
    "BindReadOnlyPaths=-/run/florenetes-fabric-%i /run/systemd/notify",
    "Group=control-%i",
    "ReadWritePaths=-/run/florenetes-control-%i",
    "RestrictAddressFamilies=AF_UNIX",
    "StateDirectory=florenetes/control-%i",
    "SupplementaryGroups=florenetes",
    "TemporaryFileSystem=/run:ro",
    "User=control-%i",
  ]);
  expect(beyond(fabric!, control!).map((line) => line.split("=")[0])).toEqual([
    "BindPaths",
    "BindReadOnlyPaths",
    "Group",
    "ReadWritePaths",
    "RestrictAddressFamilies",
    "StateDirectory",
    "User",
  ]);
});

test("a holder of many shards has all the time that it needs to look at them before it serves", () => {
  const unit = settings(readFileSync(join(root, systemUnits, "store-flor@.service"), "utf8"));
  expect(unit).toContain("TimeoutStartSec=infinity");
});

function settings(unit: string): string[] {
  return unit.split("\n").filter((line) => /^\w+=/.test(line));
}

test("each file of the apps' folders is put in its place", () => {
  const placed = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
  for (const app of [
    "apps/link-flor/systemd",
    "apps/cluster-flor/systemd",
    "apps/fabric-flor/systemd",
    "apps/vpn-flor/systemd",
    "apps/control-flor/systemd",
    "apps/store-flor/systemd",
    "apps/update-flor/systemd",
    "tools/flor/systemd",
  ]) {
    for (const name of readdirSync(join(checkout, app))) {
      expect(placed, basename(name)).toContain(readFileSync(join(checkout, app, name), "utf8"));
    }
  }
});
