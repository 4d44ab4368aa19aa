import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateAuthority, createCa, type IssuedIdentity } from "@florenetes/identity/authority";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeVertex } from "../data-plane/conformance/fake-vertex.ts";
import { Neighbourhood } from "../data-plane/conformance/neighbourhood.ts";
import { until, wantLink } from "../data-plane/conformance/tested-link.ts";
import { LinkProcess } from "./link-process.ts";

/* Revocation lists and identities in the folders of real link-flor processes, and what the processes say of them. */
const hood = new Neighbourhood((clusters, settings) => LinkProcess.start(clusters, settings));
let folder: string;
let ca: CertificateAuthority;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lf-ca-"));
  ca = createCa(join(folder, "ca"), { cluster: "demo" });
});

afterEach(async () => {
  await hood.endAll();
  rmSync(folder, { recursive: true, force: true });
});

const issue = (name: string): IssuedIdentity => ca.issue({ kind: "vertex", name });
const revoke = (identity: IssuedIdentity): string => ca.revoke([{ serial: identity.serial }]).list.pem;
const isUp = (vertex: FakeVertex, peer: string): boolean => vertex.status(peer)?.state === "up";

test("another certificate and the list that names the former one may come with one SIGHUP", async () => {
  const { identities, linkA, linkB, a, b } = await hood.linkedPair({}, issue);
  linkB.installIdentity(issue("b"));
  linkB.installList(revoke(identities.b));
  linkB.hangUp();
  await until("loaded", () => linkB.codes().includes("REVOCATION_LOADED"));
  await until("up with the new one", () => isUp(a, "b") && isUp(b, "a") && a.history.length > 2);
  expect(linkB.codes()).not.toContain("OWN_CERTIFICATE_REVOKED");
  expect(linkA.codes(), "after which it would have waited for 10 s").not.toContain("LINK_REFUSED");
});

test("a list of another CA is refused and said to be, and a link goes on", async () => {
  const { identities, linkB, a, b } = await hood.linkedPair({}, issue);
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
});

test("without a list a neighbour is refused where lists are required, and let in by one that the operator vouches for", async () => {
  const identity = issue("a");
  const linkA = await hood.start([{ cluster: "demo", identity }], { clusterLines: ["revocation: required"] });
  const linkB = await hood.start([{ cluster: "demo", identity: issue("b") }]);
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
});
