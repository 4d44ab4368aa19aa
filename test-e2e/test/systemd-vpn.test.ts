/*
 *   home       on a machine whose first process is systemd: cluster-flor as a unit, and beside it a VPN, with the example of each end
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { florCommand, runToEnd } from "../src/executables.ts";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { installNodes } from "../src/systemd/installed-node.ts";
import { canBootSystemd, SystemdMachine } from "../src/systemd/machine.ts";
import { hasTun, openTun } from "../src/systemd/tun-device.ts";

const TESTS = "the VPN's unit under a real systemd";
const CLUSTER = "cluster-flor@example.service";
const VPN = "vpn-flor@example.service";
const [CLUSTER_RUN, VPN_RUN] = ["/run/florenetes-cluster-example", "/run/florenetes-vpn-example"];
const ETC = "/etc/florenetes/example";
const isPossible = canBootSystemd(TESTS) && areInstalled(TESTS, "nft") && hasTun(TESTS);

describe.skipIf(!isPossible)("a VPN under systemd", () => {
  let folder: string;
  let machine: SystemdMachine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-vpn-unit-"));
    const [root, identity] = [join(folder, "root"), join(folder, "identity")];
    mkdirSync(root);
    await installNodes(folder, root);
    const issue = ["ca", "issue", "service", "vpn-egress.main", "--ca", join(folder, "ca-example"), "--out", identity];
    const { code, stderr } = await runToEnd([...florCommand(), ...issue]);
    expect(code, stderr).toBe(0);
    cpSync(identity, join(root, ETC, "service/vpn-egress.main"), { recursive: true });
    machine = await SystemdMachine.boot(root, [CLUSTER]);
    await openTun(machine);
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const sh = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await machine.run("sh", "-euc", script);
    expect(code, `${script}: ${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  /** Brings an example in, and into cluster-flor's config what stands at its end for it. */
  const bring = async (example: string): Promise<void> => {
    const path = /path: ([\w.-]+)/.exec(await machine.do("cat", `${ETC}/cluster-flor.yaml`))![1]!;
    await sh(`
      cp /etc/florenetes/examples/${example} ${ETC}/vpn-flor.yaml
      sed -n 's/^#   //p' ${ETC}/vpn-flor.yaml | sed 's/path: to-egress/path: ${path}/' >>${ETC}/cluster-flor.yaml
      systemctl start ${VPN} || { cat /run/${VPN}.log; exit 1; }`);
    // The links are down, as no link-flor runs: a reload tells that, and sockets and services are there.
    await machine.run("systemctl", "reload", CLUSTER);
  };
  const status = async (): Promise<unknown> =>
    JSON.parse((await machine.run("vpn-flor", "status", "--json", "--admin", `${VPN_RUN}/admin.sock`)).stdout);
  const owners = (...files: readonly string[]): Promise<string> => machine.do("stat", "--format=%a %U %G", ...files);

  test("a node without a config starts none, and gets no user", async () => {
    await machine.untilUnit(CLUSTER, { ActiveState: "active" });
    await machine.do("systemctl", "start", VPN);
    expect(await machine.unit(VPN)).toMatchObject({ ActiveState: "inactive", Result: "success", NRestarts: "0" });
    expect((await machine.run("getent", "passwd", "vpn-example")).code).toBe(2);
  });

  test("a client asks at its cluster vertex, which lets it in, and no other user reaches the socket", async () => {
    await bring("vpn-flor.yaml");
    const socket = `${CLUSTER_RUN}/vpn/mesh.sock`;
    await expect.poll(() => machine.run("test", "-S", socket), PATIENCE).toMatchObject({ code: 0 });
    expect(await owners(VPN_RUN, `${CLUSTER_RUN}/vpn`, socket)).toBe(
      "2751 vpn-example florenetes\n2750 flor-example vpn-example\n660 flor-example vpn-example\n",
    );
    // The vertex has taken the session, and has no link over which its stream could go.
    await expect
      .poll(status, PATIENCE_OF_PROCESSES)
      .toMatchObject({ up: { isUp: false, sessions: { lastEnd: "NO_ANSWER" } } });
    await machine.do("systemctl", "reload", VPN);
    await machine.do("systemctl", "stop", VPN);
  });

  test("an egress translates addresses, at a socket that its cluster vertex alone reaches, and a stop takes all of it away", async () => {
    const before = await machine.do("nft", "list", "ruleset");
    // An egress starts on no machine that does not forward. The machine's own /proc/sys is read-only.
    const settings = "ipv4/ip_forward ipv6/conf/all/forwarding";
    const forward = `for setting in ${settings}; do echo 1 >"/run/settings/sys/net/$setting"; done`;
    await machine.do(
      "sh",
      "-euc",
      `mkdir /run/settings; mount -t proc proc /run/settings; ${forward}; umount /run/settings`,
    );
    await bring("vpn-flor-egress.yaml");
    expect(await machine.do("nft", "list", "ruleset")).toMatch(/masquerade/);
    expect(await owners(`${VPN_RUN}/cluster`, `${VPN_RUN}/cluster/egress.sock`)).toBe(
      "2750 vpn-example flor-example\n660 vpn-example flor-example\n",
    );
    expect(await status()).toMatchObject({ egress: { clients: 0 } });
    expect(await machine.do("cat", `/run/${VPN}.log`)).not.toMatch(/"level":"error"|EPERM|EACCES|EROFS/);
    await machine.do("systemctl", "stop", VPN);
    expect(await machine.do("nft", "list", "ruleset")).toBe(before);
    expect((await machine.run("ip", "link", "show", "flor-egress")).code).not.toBe(0);
  });
});
