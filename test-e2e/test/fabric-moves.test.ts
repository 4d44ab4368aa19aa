/*
 *                 ┌── b
 *   world ┄┄ a ───┼── c        services that clients of the world reach through nginx on a leave a host, by a fault or by a record
 *                 └── e
 */
import { once } from "node:events";
import { createWriteStream, existsSync } from "node:fs";
import { createHash } from "node:crypto";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileContents, fileDigest } from "../src/file-contents.ts";
import { faultUnder, HttpLoad } from "../src/http-load.ts";
import { CLIENT, type Host, HOSTS, INGRESS, IngressFabric } from "../src/ingress-fabric.ts";
import { hostOf, RdpServers, SshServers, XVFB } from "../src/ingress-sessions.ts";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE } from "../src/patience.ts";
import { MEGABYTE } from "../src/services.ts";
import { isRoot } from "../src/root.ts";
import { hostsOf, standbyOf, standbyStreams } from "../src/standby.ts";

/** Requests a second, each over a connection of its own. */
const RATE = 200;
/** Another host is to answer within 3 s. Where the machine is busy, a request itself takes seconds. */
const ANSWERED_MS = 10_000;
const SIZE = 40 * MEGABYTE;

const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";
const isReady =
  isRoot &&
  areInstalled("services behind an ingress", "/usr/sbin/nginx", "curl", "ssh", "/usr/sbin/sshd") &&
  existsSync(STREAM_MODULE);
if (!isReady) process.stderr.write(`left out: services behind an ingress (they need root, and ${STREAM_MODULE})\n`);
const hasRdp = isReady && areInstalled("remote desktops behind an ingress", "xrdp", "xfreerdp", XVFB);

describe.skipIf(!isReady)("services behind an ingress", () => {
  let ingress: IngressFabric;
  let ssh: SshServers;
  let rdp: RdpServers | undefined;
  beforeAll(async () => {
    ingress = await IngressFabric.open(async (opened) => {
      ssh = await SshServers.start(opened);
      rdp = hasRdp ? await RdpServers.start(opened) : undefined;
    });
    await pipeline(fileContents(SIZE), createWriteStream(join(ingress.folder, "files", "file")));
  });
  afterAll(async () => {
    await rdp?.[Symbol.asyncDispose]();
    await ingress?.[Symbol.asyncDispose]();
  });

  const under = (name: string, fault: (serving: string) => Promise<void>) =>
    faultUnder(name, [ingress.load("app.example", RATE)], fault);
  const others = (...hosts: readonly string[]): Host[] => HOSTS.filter((host) => !hosts.includes(host));

  test("each name leads to its own service, which shows its certificate itself, and hears of the client", async () => {
    for (const site of ["app.example", "shop.example"]) {
      await expect.poll(async () => (await ingress.curl(site)).stdout, PATIENCE).toMatch(`${site} ${CLIENT}`);
    }
  });

  test.each(["other.example", "app.example.org"])("a name that is none of them, as %s, is refused", async (site) => {
    // Curl's code for a TLS handshake that the other end has cut off.
    expect(await ingress.curl(site)).toMatchObject({ code: 35, stdout: "" });
  });

  test("a service is moved by one record: no request is lost, and downloads go on", async () => {
    await ingress.publish("web-app", ["b"]);
    const downloads = [1, 2, 3].map(() => new Download(ingress));
    await Promise.all(downloads.map(({ begun }) => begun));
    const moved = await under("a record moves the service", () => ingress.move("web-app", "b", "e"));
    expect(moved).toMatchObject({ former: "b", latter: "e", lostInFlight: 0, lostLater: 0 });
    expect(await hostsOf(ingress.fabric, "a", "web-app")).toContain("b");
    for (const download of downloads) {
      expect(download.size).toBeLessThan(SIZE);
      expect(await download.end()).toBe(fileDigest(SIZE));
    }
    // The former host has a path for as long as a download uses it.
    await expect.poll(() => hostsOf(ingress.fabric, "a", "web-app"), PATIENCE).toEqual(["e"]);
  });

  test("a session of SSH goes on where it is while its service moves, and new ones come to another host", async () => {
    const session = ssh.open();
    const from = await hostOf(session);
    await ingress.move("ssh", from, "e");
    await expect.poll(() => ssh.newHost(), PATIENCE).not.toBe(from);
    expect(await hostOf(session)).toBe(from);
    expect(await session.end()).toBe(0);
  });

  test.skipIf(!hasRdp)("and so does one of RDP", async () => {
    const { host: from, client } = await rdp!.open();
    await ingress.move("rdp", from, "e");
    await expect.poll(() => ingress.hostOf("rdp"), PATIENCE).not.toBe(from);
    const { host } = await rdp!.open();
    expect(host).not.toBe(from);
    // Its server hears of its end, which its client could not say over a connection that was gone.
    expect(client.exitCode).toBeNull();
    const said = rdp!.saidOf(from);
    client.kill("SIGTERM");
    await expect.poll(() => rdp!.saidOf(from), PATIENCE).toBeGreaterThan(said);
  });

  test("its cluster-flor is killed: another host answers", async () => {
    await ingress.publish("web-app", ["b", "c"]);
    await expect.poll(() => standbyOf(ingress.fabric, "a", "web-app"), PATIENCE).toMatch(/^[bc]$/);
    const outage = await under("cluster-flor is killed", (host) => ingress.lab.kill(host, "cluster-flor"));
    expect(outage.answeredMs).toBeLessThan(ANSWERED_MS);
    expect(await standbyStreams(ingress.lab, "a", "web-app")).toBeGreaterThan(0);
    ingress.lab.start(outage.former, "cluster-flor");
    await ingress.publish("web-app", others(outage.former));
  });

  test("its whole node is gone: another host answers", async () => {
    await expect.poll(() => standbyOf(ingress.fabric, "a", "web-app"), PATIENCE).toBeDefined();
    const before = await standbyStreams(ingress.lab, "a", "web-app");
    const outage = await under("the node is gone", (host) => ingress.lab.lose(host));
    expect(outage.answeredMs).toBeLessThan(ANSWERED_MS);
    expect(await standbyStreams(ingress.lab, "a", "web-app")).toBeGreaterThan(before);
    await ingress.lab.recover(outage.former);
    await ingress.publish("web-app", others(outage.former));
  });

  test("its program is killed: another host answers, and the other service goes on", async () => {
    await expect.poll(async () => (await ingress.curl("shop.example")).code, PATIENCE).toBe(0);
    const shop = new HttpLoad(ingress.load("shop.example", RATE / 10));
    const outage = await under("the program is killed", async (host) => ingress.killSite("app.example", host));
    expect(outage.answeredMs).toBeLessThan(ANSWERED_MS);
    const asked = await shop.stop();
    expect(asked.filter(({ fault }) => fault !== null)).toEqual([]);
    expect(asked.length).toBeGreaterThan(0);
  });
});

/** A download that takes its time until its end is asked for. */
class Download {
  readonly begun: Promise<unknown>;
  size = 0;
  readonly #digest: Promise<string>;
  #isHurried = false;

  constructor({ inWorld, ca }: IngressFabric) {
    const [command, ...args] = [...inWorld, "curl", "--silent", "--cacert", ca];
    const resolved = ["--resolve", `app.example:443:${INGRESS}`, "https://app.example/file"];
    const curl = spawn(command, [...args, ...resolved], { stdio: ["ignore", "pipe", "inherit"] });
    this.begun = once(curl.stdout, "readable");
    this.#digest = this.#read(curl);
  }

  /** @returns the SHA-256 of all that came, hexadecimal */
  end(): Promise<string> {
    this.#isHurried = true;
    return this.#digest;
  }

  async #read(curl: ChildProcess): Promise<string> {
    const hash = createHash("sha256");
    for await (const piece of curl.stdout! as AsyncIterable<Buffer>) {
      hash.update(piece);
      this.size += piece.length;
      if (!this.#isHurried) await sleep(100);
    }
    return hash.digest("hex");
  }
}
