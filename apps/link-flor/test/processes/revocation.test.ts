import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateAuthority, createCa, type IssuedIdentity } from "@florenetes/identity/authority";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LinkProcess, until, wantLink } from "./link-process.ts";

/**
 * Revocation lists of a real CA in the folders of real link-flor processes.
 *
 *     a ──originates──▶ b ◀──originates── c
 */
type Vertex = ReturnType<LinkProcess["vertex"]>;

/** Up to three processes start from their sources; where others compute, each takes seconds. */
const startsMs = 60_000;

const running: LinkProcess[] = [];
let folder: string;
let ca: CertificateAuthority;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lf-ca-"));
  ca = createCa(join(folder, "ca"), { cluster: "demo" });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((link) => link.dispose()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(...parameters: Parameters<typeof LinkProcess.start>): Promise<LinkProcess> {
  const link = await LinkProcess.start(...parameters);
  running.push(link);
  return link;
}

const issue = (name: string): IssuedIdentity => ca.issue({ kind: "vertex", name });
const revoke = (identity: IssuedIdentity): string => ca.revoke([{ serial: identity.serial }]).list.pem;
const isUp = (vertex: Vertex, peer: string): boolean => vertex.status(peer)?.state === "up";

/** a and b, with a link that is up. */
async function linkedPair() {
  const identities = { a: issue("a"), b: issue("b") };
  const [linkA, linkB] = await Promise.all([
    start([{ cluster: "demo", identity: identities.a }]),
    start([{ cluster: "demo", identity: identities.b }]),
  ]);
  const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
  await wantLink(a, b, linkB.endpoint());
  await until("up", () => isUp(a, "b") && isUp(b, "a"));
  return { identities, linkA, linkB, a, b };
}

test(
  "a list in the folder of one end ends the links of the vertex that it names, and of no other",
  async () => {
    const { identities, linkA, linkB, a, b } = await linkedPair();
    const linkC = await start([{ cluster: "demo", identity: issue("c") }]);
    const c = linkC.vertex("c");
    await wantLink(c, b, linkB.endpoint());
    await until("up", () => isUp(b, "c") && isUp(c, "b"));
    let sent = 0;
    const traffic = setInterval(() => {
      c.send("b", randomBytes(200));
      b.send("c", randomBytes(200));
      sent++;
    }, 2);

    const list = revoke(identities.a);
    linkB.installList(list);
    await until("down", () => b.status("a")?.code === "REVOKED" && a.status("b")?.code === "REVOKED");
    await until("refused", () => a.history.includes("b/0 refused REVOKED"));
    linkA.installIdentity(issue("a"));
    linkA.hangUp();
    await until("up again", () => isUp(a, "b") && isUp(b, "a"));

    clearInterval(traffic);
    await until("all packets", () => b.received.length === sent && c.received.length === sent);
    expect(c.history).toEqual(["b/0 connecting", "b/0 up"]);
    const [cluster] = (await linkB.status()).clusters;
    expect(cluster!.handshakes["REVOKED"]).toBeGreaterThan(0);
    expect(cluster!.revocation).toMatchObject({ lists: [{ number: "1", entries: 1, isKept: true }], refused: [] });
    expect(linkB.log.find(({ code }) => code === "LINK_DOWN")).toMatchObject({ peer: "a", reason: "REVOKED" });
    expect([linkA.stderr, linkB.stderr, linkC.stderr]).toEqual(["", "", ""]);
  },
  startsMs,
);

test(
  "a vertex whose own certificate is revoked says so and has no links, also after a restart, until it has another",
  async () => {
    const { identities, linkA, linkB, a, b } = await linkedPair();
    linkB.installList(revoke(identities.b));
    await until("ended", () => b.status("a")?.code === "REVOKED" && a.status("b")?.code === "REVOKED");
    expect(b.status("a")?.state).toBe("refused");
    await until("said", () => linkB.codes().includes("OWN_CERTIFICATE_REVOKED"));
    expect((await linkB.status()).clusters[0]!.certificate.state).toBe("revoked");

    await linkB.stop("SIGTERM");
    linkB.log.length = 0;
    await linkB.start();
    await until("said again", () => linkB.codes().includes("OWN_CERTIFICATE_REVOKED"));
    await until("no link", () => b.status("a")?.code === "REVOKED");
    linkB.installIdentity(issue("b"));
    linkB.hangUp();
    await until("connecting", () => b.status("a")?.state === "connecting");
    // Its neighbour, who originates, is not told; an operator who does not want to wait reloads.
    linkA.hangUp();
    await until("up again", () => isUp(a, "b") && isUp(b, "a"));
    expect((await linkB.status()).clusters[0]!.certificate.state).toBe("valid");
  },
  startsMs,
);

test(
  "another certificate and the list that names the former one may come with one SIGHUP",
  async () => {
    const { identities, linkA, linkB, a, b } = await linkedPair();
    linkB.installIdentity(issue("b"));
    linkB.installList(revoke(identities.b));
    linkB.hangUp();
    await until("loaded", () => linkB.codes().includes("REVOCATION_LOADED"));
    await until("up with the new one", () => isUp(a, "b") && isUp(b, "a") && a.history.length > 2);
    expect(linkB.codes()).not.toContain("OWN_CERTIFICATE_REVOKED");
    expect(linkA.codes(), "after which it would have waited for 10 s").not.toContain("LINK_REFUSED");
  },
  startsMs,
);

test(
  "a list of another CA is refused and said to be, and a link goes on",
  async () => {
    const { identities, linkB, a, b } = await linkedPair();
    const stranger = createCa(join(folder, "stranger"), { cluster: "demo" });
    stranger.issue({ kind: "vertex", name: "a" });
    linkB.installList(stranger.makeRevocationList().pem);
    await until("refused", () => linkB.codes().includes("REVOCATION_REFUSED"));
    expect((await linkB.status()).clusters[0]!.revocation).toMatchObject({
      lists: [],
      refused: [{ code: "ERR_IDENTITY_LIST_UNTRUSTED" }],
    });
    expect([a.history, b.history].map((history) => history.at(-1))).toEqual(["b/0 up", "a/0 up"]);
    linkB.installList(revoke(identities.a));
    await until("down", () => b.status("a")?.code === "REVOKED");
    expect((await linkB.status()).clusters[0]!.revocation.refused).toEqual([]);
  },
  startsMs,
);

test(
  "lists of one cluster say nothing about another one of the same process",
  async () => {
    const prod = createCa(join(folder, "prod"), { cluster: "prod" });
    const settings = (name: string) => [
      { cluster: "demo", identity: issue(name) },
      { cluster: "prod", identity: prod.issue({ kind: "vertex", name }) },
    ];
    const [ofA, ofB] = [settings("a"), settings("b")];
    const [linkA, linkB] = await Promise.all([start(ofA), start(ofB)]);
    const linked = async (cluster: string) => {
      const [a, b] = [linkA.vertex("a", cluster), linkB.vertex("b", cluster)];
      await wantLink(a, b, linkB.endpoint(cluster));
      await until("up", () => isUp(a, "b") && isUp(b, "a"));
      return { a, b };
    };
    const [demo, other] = [await linked("demo"), await linked("prod")];
    // The list names the certificates of both ends in cluster demo. In the other cluster's folder it is no list of that CA.
    ca.revoke([{ serial: ofA[0]!.identity.serial }]);
    const list = revoke(ofB[0]!.identity);
    linkB.installList(list);
    linkB.installList(list, "prod");
    await until("down", () => demo.b.status("a")?.code === "REVOKED");
    await until("refused", () => linkB.codes("prod").includes("REVOCATION_REFUSED"));
    await until("said", () => linkB.codes("demo").includes("OWN_CERTIFICATE_REVOKED"));
    expect(linkB.codes("prod")).not.toContain("OWN_CERTIFICATE_REVOKED");
    expect(other.b.history).toEqual(["a/0 connecting", "a/0 up"]);
    expect(other.a.send("b", randomBytes(100))).toBe(true);
    await until("a packet", () => other.b.received.length === 1);
  },
  startsMs,
);

test(
  "without a list a neighbour is refused where lists are required, and let in by one that the operator vouches for",
  async () => {
    const identity = issue("a");
    const linkA = await start([{ cluster: "demo", identity }], { clusterLines: ["revocation: required"] });
    const linkB = await start([{ cluster: "demo", identity: issue("b") }]);
    const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
    await wantLink(a, b, linkB.endpoint());
    await until("refused", () => a.status("b")?.code === "REVOCATION_UNKNOWN");
    linkA.installList(ca.makeRevocationList().pem);
    await until("asked", () => linkA.codes().includes("REVOCATION_REFUSED"));
    expect(linkA.log.find(({ code }) => code === "REVOCATION_REFUSED")).toMatchObject({
      reason: "ERR_IDENTITY_LIST_UNCONFIRMED",
    });
    linkA.confirmList();
    await until("up", () => isUp(a, "b"));
  },
  startsMs,
);
