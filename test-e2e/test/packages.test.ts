/*
 *   home ───── site        home runs as systemd units of our packages, on a machine that has Debian's base and nothing else; site beside it
 *   tunnel     service
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type MadePackages, makePackages } from "@florenetes/package";
import { makeImage } from "@florenetes/package/image";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Container } from "../src/container.ts";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { makeOlderSystem, runInOlderSystem } from "../src/older-system.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { farNode, putNodes } from "../src/systemd/installed-node.ts";
import { canBootSystemd, SystemdMachine } from "../src/systemd/machine.ts";
import { makeDebian, ourPackages } from "../src/systemd/packaged-mesh.ts";
import { hasTun, openTun } from "../src/systemd/tun-device.ts";

const LINK = "link-flor.service";
const CLUSTER = "cluster-flor@example.service";
const VPN = "vpn-flor@example.service";
const LINKED = { ActiveState: "active", StatusText: "1 of 1 links up" };
const PACKAGES = [
  "florenetes-runtime",
  "florenetes-tools",
  "florenetes-node",
  "florenetes-fabric",
  "florenetes-vpn",
  "florenetes-control",
  "florenetes-store",
  "florenetes-update",
];
const DAEMONS = ["link-flor", "cluster-flor", "fabric-flor", "vpn-flor", "control-flor", "store-flor", "update-flor"];
const TESTS = "packages in a Debian system of their own";
/** Beside Debian's smallest system: what our packages name as needed, and `ip`, by which the machine is started. */
const BASE = "systemd,dbus,iproute2";
const TOOLS = ["mmdebstrap", "dpkg-deb", "dpkg-shlibdeps", "strip", "objdump", "cargo", "mkdocs"];
/** The packages of this test are not compressed. */
const UNCOMPRESSED = "uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball";
/** Raises one process of the far node, and shows how it is. */
const RAISE = `
flor --version
link-flor run --config /srv/site/link-flor.yaml >&2 &
until [ -S /srv/site/run-link/admin.sock ]; do kill -0 $!; done
link-flor status --config /srv/site/link-flor.yaml || [ $? = 1 ]
kill $!
wait $!`;
/** Shows the documents, and prints their first page. */
const READ = `
: >/tmp/documents
flor docs >>/tmp/documents &
until grep -q http /tmp/documents; do
  kill -0 $! || exit 1
  sleep 0.1
done
address=$(grep -o 'http[^ ]*' /tmp/documents)
/usr/lib/florenetes/bin/node -e 'fetch(process.argv[1]).then(async (page) => console.log(await page.text()))' "$address"
kill $!
wait $!`;
const checkout = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

/** Packages are made, looked at and installed, which computes for as long as others leave of the machine. */
const STEP_MS_MAX = 600_000;

const folder = mkdtempSync(join(tmpdir(), "florenetes-packages-"));
const base = join(folder, "base");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isPossible = canBootSystemd(TESTS) && areInstalled(TESTS, ...TOOLS) && (await makeDebian(TESTS, base, BASE));

/** Files below a folder that hold one of the texts, also those that are compressed. */
function filesThatName(tree: string, texts: readonly string[]): string[] {
  const files = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => {
      const octets = file.endsWith(".gz") ? gunzipSync(readFileSync(file)) : readFileSync(file);
      return texts.some((text) => octets.includes(text));
    });
}

describe.skipIf(!isPossible)("packages", { timeout: STEP_MS_MAX }, () => {
  const [same, next] = ["same", "next"].map((name) => join(folder, name)) as [string, string];
  let present = "";
  const root = join(folder, "root");
  /** Files of packages that name a folder of the machine on which they were made. */
  const tellingFiles: string[] = [];
  let made: MadePackages;
  let machine: SystemdMachine;
  let workload: SteadyWorkload;

  beforeAll(async () => {
    present = await ourPackages();
    made = makePackages(checkout, same, "quick");
    makeNext();
    mkdirSync(root);
    await putNodes(folder, root);
    for (const [name, each] of Object.entries({ present, next }))
      cpSync(each, join(root, "debs", name), { recursive: true });
    machine = await SystemdMachine.boot(root, [], base);
  }, STEP_MS_MAX);
  afterAll(async () => {
    workload?.[Symbol.dispose]();
    await machine?.[Symbol.asyncDispose]();
  });

  /** Makes packages that have a higher version, and are else the same. That of Node.js has its own version. */
  const makeNext = (): void => {
    mkdirSync(next);
    for (const name of readdirSync(present).filter((name) => name.endsWith(".deb"))) {
      const tree = join(folder, "tree");
      run("dpkg-deb", "--raw-extract", join(present, name), tree);
      tellingFiles.push(...filesThatName(tree, [checkout, process.env["CARGO_HOME"] ?? join(homedir(), ".cargo")]));
      const control = join(tree, "DEBIAN/control");
      const text = readFileSync(control, "utf8");
      const version = /^Version: (.*\+git.*)$/m.exec(text)?.[1];
      if (version !== undefined) writeFileSync(control, text.replaceAll(version, `${version}+next`));
      run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, join(next, name));
      rmSync(tree, { recursive: true });
    }
  };
  const run = (command: string, ...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
  };
  /** Runs dpkg in the machine; returns what it said besides its results. */
  const dpkg = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await machine.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", ...args);
    expect(code, stdout + stderr).toBe(0);
    return stderr;
  };
  const install = (from: string): Promise<string> => dpkg("--install", "--recursive", `/debs/${from}`);
  /** Runs a command with none of the settings that the tests have. */
  const inEmptyShell = (...argv: readonly string[]): Promise<string> =>
    machine.do("env", "-i", "PATH=/usr/bin", ...argv);
  const versionOfNode = (): Promise<string> =>
    machine.do("dpkg-query", "--showformat=${Version}", "--show", "florenetes-node");
  const processes = async (): Promise<string[]> =>
    Promise.all([LINK, CLUSTER].map(async (unit) => (await machine.unit(unit)).MainPID));
  const bothLinked = async (): Promise<void> => {
    for (const unit of [LINK, CLUSTER]) await machine.untilUnit(unit, LINKED);
  };

  test("that are made twice of one build are equal to the octet", () => {
    const names = readdirSync(present);
    expect(names).toHaveLength(PACKAGES.length + 1);
    for (const name of names)
      expect(readFileSync(join(present, name)).equals(readFileSync(join(same, name))), name).toBe(true);
  });

  test("name no folder of the machine on which they were made", () => {
    expect(tellingFiles).toEqual([]);
  });

  test("are in order for lintian", ({ skip }) => {
    if (!areInstalled("what lintian finds in packages", "lintian")) skip();
    const packages = readdirSync(present).filter((name) => name.endsWith(".deb"));
    const files = packages.map((name) => join(present, name));
    const { stdout } = spawnSync("lintian", ["--no-cfg", "--allow-root", "--suppress-tags", UNCOMPRESSED, ...files], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });

  test("have native code of ours that asks for no newer C library than 2.31", () => {
    const needs = [...made.sizes.matchAll(/(\S+), needs glibc 2\.(\d+)/g)].filter(
      ([, file]) => !file!.includes("/@matrixai/"),
    );
    expect(needs.length).toBeGreaterThanOrEqual(3);
    for (const [, file, minor] of needs) expect(Number(minor), file).toBeLessThanOrEqual(31);
  });

  test("have a tarball beside them, with which a node runs on another Linux, whose C library is older", async ({
    skip,
  }) => {
    const older = join(folder, "older");
    if (!makeOlderSystem("the tarball on another Linux", older)) skip();
    const tarball = readdirSync(present).find((name) => name.startsWith("florenetes-") && name.endsWith(".tar"))!;
    run("tar", "--extract", "--file", join(present, tarball), "-C", older);
    cpSync(join(root, "srv/site"), join(older, "srv/site"), { recursive: true });
    const said = await runInOlderSystem(older, `/florenetes-*/install.sh\n${RAISE}`);
    expect(said).toMatch(/^release 0\.1\.0-\w+ is in place\.$/m);
    expect(said).toMatch(/^0\.1\.0 \(/m);
    expect(said).toMatch(/^native QUIC engine/m);
  });

  test("are in an image, which runs a node with a config that is mounted", async ({ skip }) => {
    if (!areInstalled("packages in an image", "umoci", "runc")) skip();
    const container = await Container.unpack(makeImage(present, made, folder), join(folder, "container"));
    expect(container.command).toEqual(["link-flor", "run", "--config", "/etc/florenetes/link-flor.yaml"]);
    const site = join(folder, "mounted");
    cpSync(join(root, "srv/site"), site, { recursive: true });
    run("chown", "--recursive", String(container.user), site);
    const said = await container.run(RAISE, { from: site, at: "/srv/site" });
    if (said === undefined) skip();
    expect(said).toMatch(/^0\.1\.0 \(/m);
    expect(said).toMatch(/^native QUIC engine/m);
  });

  test("are installed where there is neither a compiler, nor npm, nor a network, and start nothing", async () => {
    expect((await machine.run("sh", "-c", "command -v gcc npm node")).stdout).toBe("");
    await install("present");
    for (const unit of [LINK, CLUSTER]) await machine.untilUnit(unit, { ActiveState: "inactive" });
    expect(await inEmptyShell("flor", "explain", "ERR_CONFIG_UNKNOWN_KEY")).toContain("key");
    for (const name of DAEMONS) expect(await inEmptyShell(name, "--help")).toContain(`Usage: ${name}`);
    const [, manifest, commit] = /^(.+)\+git\d+\.(\w+)/.exec(await versionOfNode())!;
    for (const name of [...DAEMONS, "flor"])
      expect(await inEmptyShell(name, "--version")).toContain(`${manifest} (${commit}`);
    expect(await inEmptyShell("sh", "-c", READ)).toContain("<title>Florenetes</title>");
    for (const [file, text] of [
      ["prometheus/florenetes.rules.yml", "- alert: FlorenetesLinkDown"],
      ["grafana/florenetes.json", '"title": "Florenetes"'],
      ["docs-site/docs/operate/errors.html", "ERR_CONFIG_UNKNOWN_KEY"],
    ] as const)
      expect(await machine.do("cat", `/usr/share/florenetes/${file}`)).toContain(text);
    expect(await machine.do("stat", "--format=%a %U %G", "/run/florenetes-link")).toBe(
      "2751 florenetes-link florenetes\n",
    );
  });

  test("have units that carry workloads with the native engine", async () => {
    await machine.run("systemctl", "enable", "--now", LINK, CLUSTER);
    for (const command of farNode("site", "/usr/bin")) machine.spawn("site", command, { stdio: "ignore" });
    await bothLinked();
    const status = await machine.do("/usr/bin/link-flor", "status", "--config", "/etc/florenetes/link-flor.yaml");
    expect(status).toMatch(/native QUIC engine/);
    expect(status).toContain(`version ${(await inEmptyShell("link-flor", "--version")).trim()}, instance `);
    await SteadyService.start(machine, "site", 8080);
    workload = await SteadyWorkload.start(machine, "home", 18080);
  });

  test("upgrade under traffic: nothing ends, and a restart of link-flor costs no connection", async () => {
    const [before, version] = [await processes(), await versionOfNode()];
    expect(await install("next")).toContain(`go on with version ${version}`);
    expect(await versionOfNode()).toBe(`${version}+next`);
    expect(await processes()).toEqual(before);
    await machine.do("systemctl", "restart", LINK);
    await bothLinked();
    await workload.untilProgress(now());
    expect([...workload.lost]).toEqual([]);
    expect((await processes())[1]).toBe(before[1]);
  });

  test("upgrade in the other order, and go back: a cluster vertex that is restarted takes its connections along", async () => {
    await machine.do("systemctl", "restart", CLUSTER);
    await bothLinked();
    workload[Symbol.dispose]();
    workload = await SteadyWorkload.start(machine, "home", 18080);
    await install("present");
    expect(await versionOfNode()).not.toContain("next");
    await machine.do("systemctl", "restart", LINK);
    await bothLinked();
    await workload.untilProgress(now());
    expect([...workload.lost]).toEqual([]);
  });

  test("have a unit of a VPN, which takes all that it has made along, and a kill switch that outlives a crash until the removal", async ({
    skip,
  }) => {
    if (!hasTun("a VPN's unit out of its package")) skip();
    await openTun(machine);
    const network = async (): Promise<string> =>
      (
        await Promise.all(
          ["rule", "-6 rule", "route show table all", "-oneline link"].map((what) =>
            machine.do("ip", ...what.split(" ")),
          ),
        )
      ).join("");
    const examples = "/usr/share/doc/florenetes-vpn/examples";
    await machine.do("cp", `${examples}/vpn-flor.yaml`, "/etc/florenetes/example/vpn-flor.yaml");
    const before = await network();
    const start = async (): Promise<void> => {
      await machine.do("systemctl", "start", VPN);
      await machine.untilUnit(VPN, { ActiveState: "active", StatusText: "no session" });
      expect(await network()).toMatch(/ flor0: /);
    };
    await start();
    const status = await machine.run("vpn-flor", "status", "--config", "/etc/florenetes/example/vpn-flor.yaml");
    expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining("no egress of the pool main") as unknown });
    await machine.do("systemctl", "reload", VPN);
    expect(await inEmptyShell("flor", "unit", "prepare", "example")).toBe(
      "cluster example: user flor-example, VPN vpn-example\n",
    );
    await machine.do("systemctl", "stop", VPN);
    expect(await network()).toBe(before);
    await start();
    await machine.do("systemctl", "kill", "--signal=KILL", "--kill-who=main", VPN);
    await machine.do("systemctl", "stop", VPN);
    expect(await network()).not.toBe(before);
    await dpkg("--remove", "florenetes-vpn");
    expect(await network()).toBe(before);
    // Its config stays, and does the cluster vertex no harm.
    expect(await inEmptyShell("flor", "unit", "prepare", "example")).toBe("cluster example: user flor-example\n");
    await install("present");
  });

  test("removed, stop their units, and leave config, identities and state", async () => {
    await dpkg("--remove", ...PACKAGES.toReversed());
    expect(await machine.run("systemctl", "is-active", LINK, CLUSTER)).toMatchObject({
      stdout: "inactive\ninactive\n",
    });
    expect((await machine.run("sh", "-c", "command -v flor link-flor")).stdout).toBe("");
    await machine.do("test", "-e", "/etc/florenetes/example/vertex/key.pem");
    await machine.do("test", "-d", "/var/lib/florenetes/cluster-example");
  });

  test("purged, leave no file; what others put beside theirs stays", async () => {
    await install("present");
    await machine.do("touch", "/etc/florenetes/notes");
    await dpkg("--purge", ...PACKAGES.toReversed());
    const found = ["find", "/etc", "/usr", "/var", "/run", "/lib/systemd", "-xdev", "-iname", "*flor*"];
    const left = (await machine.do(...found, "-not", "-path", "/run/*.log", "-not", "-path", "/run/systemd/system/*"))
      .trimEnd()
      .split("\n")
      .toSorted();
    expect(left).toEqual(["/etc/florenetes"]);
    expect(await machine.do("ls", "/etc/florenetes")).toBe("notes\n");
  });
});
