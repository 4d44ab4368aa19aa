import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { HeldIdentity, Revocations, writeIdentity } from "../../src/index.ts";
import { createCa } from "../../src/authority/index.ts";
import { type OwnRevocation, OwnRevocations } from "../../src/holding/own-revocations.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "own-revocations-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("an own certificate that comes to be revoked is told once, and again after a reload that was in vain", () => {
  const ca = createCa(join(folder, "ca"), { cluster: "demo" });
  const place = join(folder, "alice");
  const issued = ca.issueInto(place, { kind: "user", name: "alice" });
  const identity = new HeldIdentity(place, { cluster: "demo" });
  const [{ issuer, serial }] = identity.credentials.certificates as [{ issuer: string; serial: string }];
  expect(issued.certificates).toEqual(identity.credentials.certificates);
  const revocations = new Revocations({ isRequired: false, graceMs: 0 });
  const events: OwnRevocation[] = [];
  const own = new OwnRevocations({
    identities: () => [identity],
    revocations,
    onRevoked: (revocation) => void events.push(revocation),
  });
  own.look();
  expect(events).toEqual([]);

  const now = new Date();
  const list = { issuer, issuerName: "CA", number: 1n, thisUpdate: now, nextUpdate: now, der: new Uint8Array(0) };
  revocations.put({ ...list, serials: new Set([serial]) });
  own.look();
  own.look();
  const text = "the certificate of user/alice is revoked: it is not used until another one is installed and reloaded";
  const told = { code: "OWN_CERTIFICATE_REVOKED", principal: "user/alice", serial, folder: place, text };
  expect(events.splice(0)).toEqual([told]);
  own.forget();
  own.look();
  expect(events.splice(0)).toEqual([told]);

  rmSync(place, { recursive: true });
  writeIdentity(place, ca.issue({ kind: "user", name: "alice" }));
  identity.reload();
  own.look();
  expect(events).toEqual([]);
});
