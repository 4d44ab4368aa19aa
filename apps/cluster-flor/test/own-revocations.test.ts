import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCa, HeldIdentity, Revocations, writeIdentity } from "@florenetes/identity";
import type { EventFields } from "@florenetes/process-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OwnRevocations } from "../src/own-revocations.ts";

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
  const events: EventFields[] = [];
  const log = { error: (event: EventFields) => void events.push(event) };
  const own = new OwnRevocations({ identities: new Map([[place, identity]]), revocations, log });
  own.look();
  expect(events).toEqual([]);

  const now = new Date();
  const list = { issuer, issuerName: "CA", number: 1n, thisUpdate: now, nextUpdate: now, der: new Uint8Array(0) };
  revocations.put({ ...list, serials: new Set([serial]) });
  own.look();
  own.look();
  const told = { code: "OWN_CERTIFICATE_REVOKED", principal: "user/alice", serial, folder: place };
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
