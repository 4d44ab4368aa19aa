/*
 *   u ┄┄ a ═════ b ═════ c ┄┄ w      a's systemd-resolved asks the resolver at u, and over the VPN the one at w
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lackOfVpn, WORLD } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../src/installed.ts";
import type { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { fetchResolved, Resolver, serveNames } from "../src/resolver.ts";
import { VpnGround } from "../src/vpn-ground.ts";

const TESTS = "names over a VPN, by a real systemd-resolved";
const UPLINK = "192.0.2.1";
const [BY_UPLINK, BY_VPN] = ["203.0.113.1", "203.0.113.2"];

const lack = lackOfVpn();
if (lack !== undefined) process.stderr.write(`left out: ${TESTS} (${lack})\n`);
const packages = mkdtempSync(join(tmpdir(), "vpn-resolved-"));
const isPossible =
  lack === undefined &&
  areInstalled(TESTS, "apt-get", "dpkg-deb", "dbus-daemon", "dnsmasq", "nsenter", "setpriv", "unshare") &&
  fetchResolved(TESTS, packages);

describe.skipIf(!isPossible)("names over a VPN", () => {
  let ground: VpnGround;
  let resolver: Resolver;
  let client: OwnProcess;
  let egress: OwnProcess;
  const servers: ChildProcess[] = [];
  let names = 0;

  /** Which resolver is asked for a name in a domain: a new one each time, so that no answer is remembered. */
  const askedFor = async (domain: string): Promise<string> => {
    const { stdout } = await resolver.ask("query", "--type=A", "--legend=no", `name${names++}.${domain}`);
    if (stdout.includes(BY_UPLINK)) return "uplink";
    return stdout.includes(BY_VPN) ? "VPN" : "nobody";
  };
  /** The resolvers and domains that systemd-resolved was told of; devices without any are left out. */
  const settings = async (): Promise<string> => {
    const [dns, domain] = await Promise.all([resolver.ask("dns"), resolver.ask("domain")]);
    return `${dns.stdout}${domain.stdout}`.replaceAll(/^Link .*:\n/gm, "");
  };
  const startClient = async (dns: string): Promise<void> => {
    const up = `up: { pool: main, session: ${ground.folder}/alice.sock, mesh-user: 0${dns} }`;
    client = ground.start("a", up, resolver.entry);
    await expect.poll(async () => (await ground.status("a").catch(() => undefined))?.up.isUp, PATIENCE).toBe(true);
  };
  const untilTold = (domain: string): Promise<void> =>
    expect.poll(settings, PATIENCE).toMatch(new RegExp(`\\(flor0\\): ${WORLD.v4}\\n[^]*\\(flor0\\): ${domain}\\n`));
  let before: string;

  beforeAll(async () => {
    ground = await VpnGround.open();
    servers.push(serveNames(ground.namespaceOf("u"), UPLINK, BY_UPLINK));
    servers.push(serveNames(ground.namespaceOf("w"), WORLD.v4, BY_VPN));
    resolver = new Resolver(ground.namespaceOf("a"), packages, UPLINK);
    egress = ground.start(
      "c",
      "egress: { pool: main, listen: egress.sock, addresses: [100.64.0.0/16], networks: all }",
    );
  });
  afterAll(async () => {
    resolver?.[Symbol.dispose]();
    for (const server of servers) server.kill();
    await ground?.[Symbol.asyncDispose]();
    rmSync(packages, { recursive: true, force: true });
  });

  test("without it, all are asked at the machine's own resolver", async () => {
    await expect.poll(() => askedFor("corp.example"), PATIENCE).toBe("uplink");
    before = await settings();
    expect(before).toContain(UPLINK);
  });

  test("a VPN without resolvers changes nothing", async () => {
    await startClient("");
    expect([await askedFor("corp.example"), await askedFor("example.net")]).toEqual(["uplink", "uplink"]);
    expect(await settings()).toBe(before);
    await client.endBy("SIGTERM");
  });

  test("those of its domains are asked over the VPN, and no others", async () => {
    await startClient(`, dns: [${WORLD.v4}], dns-domains: [~corp.example]`);
    await untilTold("~corp\\.example");
    expect([await askedFor("corp.example"), await askedFor("example.net")]).toEqual(["VPN", "uplink"]);
    expect((await ground.status("a")).findings).toEqual([]);
  });

  test("a crash leaves nothing, though the networks stay shut, nor does `down`", async () => {
    client.signal("SIGKILL");
    await client.ended;
    await expect.poll(settings, PATIENCE).toBe(before);
    expect(ground.run("a", "ip", "route", "show", "table", "51900")).toContain("unreachable default");
    expect(await askedFor("corp.example")).toBe("uplink");
    expect((await ground.down("a")).code).toBe(0);
    expect([await settings(), await askedFor("corp.example")]).toEqual([before, "uplink"]);
  });

  test("all are asked over a VPN that resolves all, and none once it is stopped", async () => {
    await startClient(`, dns: [${WORLD.v4}]`);
    await untilTold("~\\.");
    expect([await askedFor("corp.example"), await askedFor("example.net")]).toEqual(["VPN", "VPN"]);
    expect(await client.endBy("SIGTERM")).toMatchObject({ code: 0, signal: null });
    expect(await egress.endBy("SIGTERM")).toMatchObject({ code: 0, signal: null });
    await expect.poll(settings, PATIENCE).toBe(before);
    expect([await askedFor("corp.example"), await askedFor("example.net")]).toEqual(["uplink", "uplink"]);
  });
});
