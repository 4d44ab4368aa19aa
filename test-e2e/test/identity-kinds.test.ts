/*
 *   s ───── a ───── b        a is real. s is a QUIC peer of the test's own, and b a cluster vertex of the test's own behind a
 *                            real link-flor: nobody has looked at the certificates that they show.
 *
 *   A certificate is for one of three things: a vertex's holds links, a service's serves, a user's opens tunnels (as a
 *   service's may, too). The names are always the right ones, so that only the kind is wrong.
 *
 *   bad-input-certificates has a user's certificate on a link; bad-input-config a user's as a vertex's and as a service's.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { PrincipalKind } from "@florenetes/identity";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab, type ProcessName } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MaliciousVertex } from "../src/attackers/malicious-vertex.ts";
import { clusterCounts } from "../src/counted.ts";
import { executable, runToEnd } from "../src/executables.ts";
import { PATIENCE } from "../src/patience.ts";
import { QuicPeer } from "../src/quic-peer.ts";
import { certificatesInUse, hangUp, replaceIdentity } from "../src/renewal.ts";
import { expectLog } from "../src/log-entries.ts";

/** The code that a refused end hears (docs/protocol/transport.md and docs/protocol/link-protocol.md). */
const WRONG_PRINCIPAL = 0x0a;
const WRONG_KIND = 0x13;

let lab: Lab;
let b: MaliciousVertex;
const peers: QuicPeer[] = [];

beforeAll(async () => {
  const target = "tcp://127.0.0.1:9";
  const listen = "tcp://127.0.0.1:0";
  const shown = ["service", "user", "vertex"];
  lab = await openLab({
    cluster: "kinds",
    nodes: { s: {}, a: {}, b: {} },
    links: [{ between: ["a", "s"] }, { between: ["a", "b"] }],
    services: {
      vault: { node: "a", target, allow: ["user/b", "service/b"] },
      ...Object.fromEntries(shown.map((kind) => [`by-${kind}`, { node: "b", target, allow: ["user/alice"] }])),
    },
    tunnels: shown.map((kind) => ({
      node: "a",
      listen,
      as: "user/alice",
      service: `by-${kind}`,
      path: ["a", "b"],
    })),
  });
});

afterAll(async () => {
  for (const peer of peers) await peer[Symbol.asyncDispose]();
  b?.[Symbol.dispose]();
  await lab?.down();
});

/** Credentials that the CA would not hand to this holder. */
function credentials(kind: PrincipalKind, name: string) {
  return openCa(lab.caFolder).issue({ kind, name });
}

describe("in a process's own config", () => {
  test.each<[ProcessName, string, string, PrincipalKind, string]>([
    ["link-flor", "a", "vertex", "service", "expected a vertex, this is service/a"],
    ["cluster-flor", "a", "service/vault", "vertex", "expected a service, this is vertex/vault"],
    ["cluster-flor", "a", "user/alice", "vertex", "expected a user or service, this is vertex/alice"],
  ])("%s takes no other kind than it needs", async (process, node, folder, kind, text) => {
    const file = `${lab.folder}/${process}-${kind}.yaml`;
    const other = `${lab.folder}/identity-${process}-${folder.replace("/", "-")}`;
    openCa(lab.caFolder).issueInto(other, { kind, name: folder.split("/")[1] ?? node });
    const config = readFileSync(lab.configFile(node, process), "utf8");
    writeFileSync(file, config.replaceAll(lab.identityFolder(node, folder), other));
    // The process would run, but that part would be down.
    const { code, stderr } = await runToEnd([...executable(process), "check", "--config", file]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${other}/chain.pem: ${text} [ERR_IDENTITY_WRONG_KIND]`);
  });
});

describe("on a link and end to end", () => {
  beforeAll(async () => {
    const [, host, port] = /listen: udp:\/\/([\d.]+):(\d+)/.exec(
      readFileSync(lab.configFile("s", "link-flor"), "utf8"),
    )!;
    peers.push(await QuicPeer.listen({ host: host!, port: Number(port) }, credentials("service", "s")));
    lab.start("a", "link-flor");
    lab.start("a", "cluster-flor");
    lab.start("b", "link-flor");
    b = await MaliciousVertex.replace(lab, "b");
  });

  test("a service's certificate is no vertex's: called by a, and calling", async () => {
    await expect
      .poll(async () => (await lab.status("a")).clusterFlor!.links.find(({ peer }) => peer === "s"), PATIENCE)
      .toMatchObject({
        state: "refused",
        code: "WRONG_KIND",
        text: expect.stringContaining("expected a vertex, this is service/s"),
      });
    const [, host, port] = /udp:\/\/([\d.]+):(\d+)/.exec((await lab.status("a")).linkFlor!.clusters[0]!.listen)!;
    const caller = await QuicPeer.dial({ host: host!, port: Number(port) }, credentials("service", "s"));
    peers.push(caller);
    await expect.poll(() => peers.map(({ closes }) => closes[0]?.code), PATIENCE).toEqual([WRONG_KIND, WRONG_KIND]);
    await expectLog(lab, "a", "link-flor").toMatch(/"code":"SESSION_REFUSED".*"reason":"WRONG_KIND"/);
  });

  test("a vertex's certificate opens no tunnel, though the service allows a user and a service of its name", async () => {
    const [, vault] = /vault: \{ label: (\d+)/.exec(readFileSync(lab.configFile("a", "cluster-flor"), "utf8"))!;
    const handshakes = async () =>
      (await clusterCounts(lab, "a")).services.find(({ name }) => name === "vault")!.handshakes;
    for (const kind of ["user", "service"] as const) void b.connect("a", [Number(vault)], credentials(kind, "b"));
    await expect.poll(handshakes, PATIENCE).toEqual({ established: 2 });
    expect(await b.connect("a", [Number(vault)], credentials("vertex", "b"))).toMatchObject({
      cause: "peer",
      isApplication: true,
      code: WRONG_PRINCIPAL,
      reason: "ERR_IDENTITY_WRONG_KIND",
    });
    await expect.poll(handshakes, PATIENCE).toEqual({ established: 2, WRONG_PRINCIPAL: 1 });
    await expectLog(lab, "a", "cluster-flor").toContain("expected a user or service, this is vertex/b");
  });

  test("neither a user nor a vertex of the service's name is the service, and neither learns who wants it", async () => {
    const impostors = new Map(
      (["service", "user", "vertex"] as const).map((kind) => [
        kind,
        b.impersonate(`by-${kind}`, "a", credentials(kind, `by-${kind}`)),
      ]),
    );
    for (const kind of ["user", "vertex"] as const) {
      const { listen } = lab.tunnels.find(({ service }) => service === `by-${kind}`)!;
      const { code } = await runToEnd(["curl", "-s", "--max-time", "20", listen.replace("tcp:", "http:")]);
      // The service resets curl after it has connected, or so soon that curl takes the reset for a refused connection.
      expect([7, 56]).toContain(code);
      await expectLog(lab, "a", "cluster-flor").toContain(`expected a service, this is ${kind}/by-${kind}`);
    }
    // The impostor whose kind is right is believed. It does not speak the protocol, so that its connection ends later.
    await expect.poll(() => impostors.get("service")!.events[0], PATIENCE).toEqual({ kind: "established" });
    const seen = [...impostors].map(([kind, { certificatesSeen }]) => [kind, certificatesSeen]);
    expect(seen).toEqual([
      ["service", 1],
      ["user", 0],
      ["vertex", 0],
    ]);
  });

  test("at SIGHUP, no process takes another kind than it started with, and it goes on with what it had", async () => {
    const ca = openCa(lab.caFolder);
    replaceIdentity(lab, { node: "a", folder: "vertex", principal: "service/a" }, ca);
    replaceIdentity(lab, { node: "a", folder: "service/vault", principal: "vertex/vault" }, ca);
    replaceIdentity(lab, { node: "a", folder: "user/alice", principal: "vertex/alice" }, ca);
    await hangUp(
      lab,
      [
        ["a", "link-flor"],
        ["a", "cluster-flor"],
      ],
      "IDENTITY_REFUSED",
    );
    const held = (await certificatesInUse(lab)).filter(({ refused }) => refused !== null);
    expect(held.map(({ principal, refused }) => `${principal}: ${refused?.code}`)).toEqual([
      "service/vault: ERR_IDENTITY_WRONG_KIND",
      "user/alice: ERR_IDENTITY_WRONG_KIND",
      "vertex/a: ERR_IDENTITY_WRONG_KIND",
    ]);
    expect((await lab.status("a")).clusterFlor!.links.find(({ peer }) => peer === "b")).toMatchObject({ state: "up" });
  });
});
