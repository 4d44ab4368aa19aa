import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateAuthority, createCa, type IssuedIdentity } from "@florenetes/identity/authority";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeVertex } from "./fake-vertex.ts";
import type { LinkOnPlane, PlaneHood } from "./link-on-plane.ts";
import { SOON, troubles } from "./neighbourhood.ts";
import { until, wantLink } from "./tested-link.ts";

const isUp = (vertex: FakeVertex, peer: string): boolean => vertex.status(peer)?.state === "up";

/** How many packets for a peer have waited so long that they were dropped before they were sent (CoDel). */
async function droppedLate(link: LinkOnPlane, peer: string): Promise<number> {
  const { links } = (await link.status()).clusters[0]!;
  return links.find((row) => row.peer === peer)!.drops["queueLate"]!;
}

/** Revocation lists of a real CA end links at once, and no others. */
export function judgeRevocation(hood: PlaneHood): void {
  describe("revocation", () => {
    let folder: string;
    let ca: CertificateAuthority;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "lf-ca-"));
      ca = createCa(join(folder, "ca"), { cluster: "demo" });
    });

    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const issue = (name: string): IssuedIdentity => ca.issue({ kind: "vertex", name });
    const revoke = (identity: IssuedIdentity): string => ca.revoke([{ serial: identity.serial }]).list.pem;

    test("a list in the folder of one end ends the links of the vertex that it names, and of no other", async () => {
      const { identities, linkA, linkB, a, b } = await hood.linkedPair({}, issue);
      const linkC = await hood.start([{ cluster: "demo", identity: issue("c") }]);
      const c = linkC.vertex("c");
      await wantLink(c, b, linkB.endpoint());
      await until("up", () => isUp(b, "c") && isUp(c, "b"));
      const sent = { b: 0, c: 0 };
      const traffic = setInterval(() => {
        if (b.send("c", randomBytes(200))) sent.b++;
        if (c.send("b", randomBytes(200))) sent.c++;
      }, 2);

      const list = revoke(identities.a);
      linkB.installList(list);
      await until("down", () => b.status("a")?.code === "REVOKED" && a.status("b")?.code === "REVOKED");
      await until("refused", () => a.history.includes("b/0 refused REVOKED"));
      linkA.installIdentity(issue("a"));
      linkA.hangUp();
      await until("up again", () => isUp(a, "b") && isUp(b, "a"));

      clearInterval(traffic);
      // A busy machine may let packets wait for too long.
      await expect.poll(async () => b.received.length + (await droppedLate(linkC, "b")), SOON).toBe(sent.c);
      await expect.poll(async () => c.received.length + (await droppedLate(linkB, "c")), SOON).toBe(sent.b);
      expect(c.history).toEqual(["b/0 connecting", "b/0 up"]);
      const [cluster] = (await linkB.status()).clusters;
      expect(cluster!.handshakes["REVOKED"]).toBeGreaterThan(0);
      expect(cluster!.revocation).toMatchObject({ lists: [{ number: "1", entries: 1, isKept: true }], refused: [] });
      expect(linkB.log.find(({ code }) => code === "LINK_DOWN")).toMatchObject({ peer: "a", reason: "REVOKED" });
    });

    test("a vertex whose own certificate is revoked says so and has no links, also when it starts again, until it has another", async () => {
      const { identities, linkA, linkB, a, b } = await hood.linkedPair({}, issue);
      linkB.installList(revoke(identities.b));
      await until("ended", () => b.status("a")?.code === "REVOKED" && a.status("b")?.code === "REVOKED");
      expect(b.status("a")?.state).toBe("refused");
      await until("said", () => linkB.codes().includes("OWN_CERTIFICATE_REVOKED"));
      expect((await linkB.status()).clusters[0]!.certificate.state).toBe("revoked");

      await linkB.stop();
      linkB.log.length = 0;
      await linkB.start();
      await until("said again", () => linkB.codes().includes("OWN_CERTIFICATE_REVOKED"));
      await until("no link", () => b.status("a")?.code === "REVOKED");
      linkB.installIdentity(issue("b"));
      linkB.hangUp();
      // The vertex connects, and its link is up at once where the neighbour happens to call just then.
      await until("refused no more", () => ["connecting", "up"].includes(b.status("a")?.state ?? ""));
      // The neighbour, who originates, is not told; an operator who does not want to wait reloads its link vertex.
      linkA.hangUp();
      await until("up again", () => isUp(a, "b") && isUp(b, "a"));
      expect((await linkB.status()).clusters[0]!.certificate.state).toBe("valid");
    });

    test("lists of one cluster say nothing about another one of the same process", async () => {
      const prod = createCa(join(folder, "prod"), { cluster: "prod" });
      const settings = (name: string) => [
        { cluster: "demo", identity: issue(name) },
        { cluster: "prod", identity: prod.issue({ kind: "vertex", name }) },
      ];
      const [ofA, ofB] = [settings("a"), settings("b")];
      const [linkA, linkB] = await Promise.all([hood.start(ofA), hood.start(ofB)]);
      const linked = async (cluster: string) => {
        const [a, b] = [linkA.vertex("a", cluster), linkB.vertex("b", cluster)];
        await wantLink(a, b, linkB.endpoint(cluster));
        await until("up", () => isUp(a, "b") && isUp(b, "a"));
        return { a, b };
      };
      const [demo, other] = [await linked("demo"), await linked("prod")];
      // The list names the certificates of both ends in cluster demo. In the folder of cluster prod it is a list of a foreign CA.
      ca.revoke([{ serial: ofA[0]!.identity.serial }]);
      const list = revoke(ofB[0]!.identity);
      linkB.installList(list);
      linkB.installList(list, "prod");
      await until("down", () => demo.b.status("a")?.code === "REVOKED");
      await until("refused", () => linkB.codes("prod").includes("REVOCATION_REFUSED"));
      await until("said", () => linkB.codes("demo").includes("OWN_CERTIFICATE_REVOKED"));
      expect(linkB.codes("prod")).not.toContain("OWN_CERTIFICATE_REVOKED");
      expect(other.b.history.slice(0, 2)).toEqual(["a/0 connecting", "a/0 up"]);
      expect(troubles(other.b)).toEqual([]);
      expect(other.a.send("b", randomBytes(100))).toBe(true);
      await until("a packet", () => other.b.received.length === 1);
    });
  });
}
