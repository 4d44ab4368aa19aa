/** The rule of revocation: what the lists in force refuse, and what is told of them. */
import { beforeEach, describe, expect, test } from "vitest";
import { readCertificate } from "../../src/certificates/certificate.ts";
import { type CertificateId, keyFingerprintOf } from "../../src/certificates/certificate-id.ts";
import { IdentityError } from "../../src/errors.ts";
import { type FoundList, readListFile } from "../../src/revocation/list-file.ts";
import { ListsInForce } from "../../src/revocation/lists-in-force.ts";
import type { RevocationEvent } from "../../src/revocation/revocation-event.ts";
import { ca, type Made, now } from "../certificates.ts";
import { type ListWish, listPem, revocationList } from "../revocation-lists.ts";

const hour = 3_600_000;
const day = 24 * hour;
const end = new Date(now.getTime() + day);
const after = (ms: number): Date => new Date(end.getTime() + ms);

const root = ca("demo");
const other = ca("demo");
const trustOf = (
  ...roots: readonly Made[]
): { cluster: string; roots: ReturnType<typeof readCertificate>[]; intermediates: [] } => ({
  cluster: "demo",
  roots: roots.map(({ der }) => readCertificate(der)),
  intermediates: [],
});

function found(issuer: Made, wish: ListWish): FoundList {
  const text = Buffer.from(listPem(revocationList(issuer, { nextUpdate: end, ...wish })));
  const roots = [root.der, other.der];
  return readListFile({ text, cluster: "demo", roots, intermediates: [], at: now, isKept: false }).lists[0]!;
}

const id = (issuer: Made, serial: string): CertificateId => ({
  issuer: keyFingerprintOf(readCertificate(issuer.der)),
  serial,
});

function codeOf(action: () => unknown): string {
  try {
    action();
    return "passed";
  } catch (error) {
    if (error instanceof IdentityError) return error.code;
    throw error;
  }
}

let events: RevocationEvent[];
let force: ListsInForce;
beforeEach(() => {
  events = [];
  force = new ListsInForce({ isRequired: false, graceMs: 7 * day }, 30 * day, (event) => events.push(event));
});

describe("a list in force", () => {
  test("refuses what it names, leaf or CA, of its issuer only", () => {
    force.put(found(root, { serials: ["70", "71"] }), "crl.pem");
    const verdict = (...ids: CertificateId[]): string => codeOf(() => force.revocations.check(ids, now));
    expect(verdict(id(root, "70"))).toBe("ERR_IDENTITY_REVOKED");
    expect(verdict(id(other, "72"), id(root, "71"))).toBe("ERR_IDENTITY_REVOKED");
    expect(verdict(id(root, "72"))).toBe("passed");
    expect(verdict(id(other, "70"))).toBe("passed");
    expect(verdict()).toBe("passed");
    expect(force.revocations.findRevoked([id(root, "72"), id(root, "71")])).toEqual(id(root, "71"));
    expect(force.revocations.findRevoked([id(root, "72"), id(other, "71")])).toBeUndefined();
  });

  test("gives way to one with a higher number only, also when that names less", () => {
    expect(force.put(found(root, { number: 4n, serials: ["70"] }), "a")).toBe("newer");
    for (const number of [1n, 3n]) {
      expect(codeOf(() => force.put(found(root, { number }), "b"))).toBe("ERR_IDENTITY_LIST_OLDER");
    }
    expect(force.revocations.findRevoked([id(root, "70")])).toBeDefined();
    expect(force.put(found(other, { number: 1n }), "c")).toBe("newer");
    expect(force.put(found(root, { number: 2n ** 64n }), "d")).toBe("newer");
    expect(force.revocations.findRevoked([id(root, "70")])).toBeUndefined();
    expect(codeOf(() => force.put(found(root, { number: 2n ** 64n - 1n }), "e"))).toBe("ERR_IDENTITY_LIST_OLDER");
    expect(events.map(({ code, file }) => [code, file])).toEqual([
      ["REVOCATION_LOADED", "a"],
      ["REVOCATION_LOADED", "c"],
      ["REVOCATION_LOADED", "d"],
    ]);
    expect(events[0]).toMatchObject({ level: "info", number: "4", entries: 1, nextUpdate: end.toISOString() });
  });

  test("is the same again, but not with another content", () => {
    const list = found(root, { number: 4n, serials: ["70"] });
    force.put(list, "a");
    expect(force.put(list, "b")).toBe("same");
    expect(codeOf(() => force.put(found(root, { number: 4n, serials: ["71"] }), "b"))).toBe("ERR_IDENTITY_LIST_OLDER");
    expect(force.revocations.findRevoked([id(root, "70")])).toBeDefined();
  });

  test("is dropped with its root, and taken up again when the root returns", () => {
    force.put(found(root, { serials: ["70"] }), "a");
    force.put(found(other, { serials: ["70"] }), "a");
    force.dropUntrusted(trustOf(root, other), now);
    expect(force.changes).toBe(2);
    force.dropUntrusted(trustOf(other), now);
    expect(force.changes).toBe(3);
    expect(force.revocations.lists).toHaveLength(1);
    expect(force.numberOf(id(root, "").issuer)).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ code: "REVOCATION_DROPPED", number: "1" });
    expect(force.put(found(root, { serials: ["70"] }), "a")).toBe("newer");
  });
});

describe("a list that has ended", () => {
  const at = (ms: number, serial: string): string =>
    codeOf(() => force.revocations.check([id(root, serial)], after(ms)));

  test("binds for ever for what it names, and refuses nobody else where lists are optional", () => {
    force.put(found(root, { serials: ["70"] }), "a");
    expect([-1, 1, 3650 * day].map((ms) => at(ms, "70"))).toEqual(Array(3).fill("ERR_IDENTITY_REVOKED"));
    expect([-1, 1, 3650 * day].map((ms) => at(ms, "71"))).toEqual(Array(3).fill("passed"));
  });

  test("refuses the rest after the grace where lists are required", () => {
    force = new ListsInForce({ isRequired: true, graceMs: 7 * day }, 30 * day, (event) => events.push(event));
    force.put(found(root, { serials: ["70"] }), "a");
    expect([at(0, "71"), at(1, "71"), at(7 * day, "71")]).toEqual(["passed", "passed", "passed"]);
    expect([at(7 * day + 1, "71"), at(3650 * day, "71")]).toEqual(Array(2).fill("ERR_IDENTITY_REVOCATION_EXPIRED"));
    expect([at(-1, "70"), at(1, "70"), at(3650 * day, "70")]).toEqual(Array(3).fill("ERR_IDENTITY_REVOKED"));
    force.put(found(other, { nextUpdate: after(3651 * day) }), "a");
    // The list says nothing of another issuer's certificates.
    expect(codeOf(() => force.revocations.check([id(other, "72")], after(3650 * day)))).toBe("passed");
  });

  test.each([
    ["optional", false, /and whom its CA has revoked since is let in$/],
    ["required", true, `new handshakes are refused from ${after(7 * day).toISOString()} on`],
  ])("is told when it ends, and then once a day, where lists are %s", (_, isRequired, consequence) => {
    force = new ListsInForce({ isRequired, graceMs: 7 * day }, 0, (event) => events.push(event));
    force.put(found(root, { serials: ["70"] }), "a");
    events.length = 0;
    for (let ms = hour / 4; ms <= 3 * day; ms += hour / 4) force.tellEnds(after(ms));
    expect(events.map(({ code, level }) => [code, level])).toEqual(
      [0, 1, 2].map(() => ["REVOCATION_EXPIRED", "error"]),
    );
    expect(events[0]!.text).toMatch(consequence);
    force.tellEnds(after(8 * day));
    expect(events[3]!.text).toMatch(isRequired ? /and new handshakes are refused$/ : consequence);
  });

  test("was told for a third of its life, day by day, and no more when a newer one is there", () => {
    const thisUpdate = new Date(end.getTime() - 30 * day);
    force.put(found(root, { number: 1n, thisUpdate }), "a");
    events.length = 0;
    const stateAt = (ms: number): string => force.status(() => true, after(ms))[0]!.state;
    for (let ms = -12 * day; ms <= 0; ms += hour / 2) force.tellEnds(after(ms));
    expect(events.map(({ code, level }) => `${level} ${code}`)).toEqual(Array(11).fill("warn REVOCATION_EXPIRES_SOON"));
    expect([-10 * day - 1, -10 * day, 0, 1].map(stateAt)).toEqual(["valid", "expires-soon", "expires-soon", "expired"]);
    force.put(found(root, { number: 2n, thisUpdate: now, nextUpdate: after(60 * day) }), "a");
    events.length = 0;
    force.tellEnds(after(day));
    expect([events, stateAt(day)]).toEqual([[], "valid"]);
  });

  test("is told again at once when its successor has ended, too, or the clock was set back", () => {
    force.put(found(root, { number: 1n }), "a");
    force.tellEnds(after(1));
    force.put(found(root, { number: 2n, nextUpdate: after(hour) }), "a");
    force.tellEnds(after(2));
    force.tellEnds(after(hour + 1));
    const told = events.filter(({ code }) => code === "REVOCATION_EXPIRED").map(({ number }) => number);
    expect(told).toEqual(["1", "2"]);
  });

  test("is shown as ended", () => {
    force.put(found(root, { serials: ["70"] }), "a");
    const shown = (at: Date): unknown => force.status((_, number) => number === 1n, at);
    const list = {
      issuer: expect.stringMatching(/^CN=demo CA/),
      number: "1",
      entries: 1,
      nextUpdate: end.toISOString(),
    };
    expect(shown(end)).toEqual([expect.objectContaining({ ...list, isExpired: false, isKept: true })]);
    expect(shown(after(1))).toEqual([expect.objectContaining({ ...list, isExpired: true })]);
    expect(() => JSON.stringify(shown(end))).not.toThrow();
  });
});

describe("where lists are required", () => {
  beforeEach(() => {
    force = new ListsInForce({ isRequired: true, graceMs: 7 * day }, 30 * day, (event) => events.push(event));
  });

  test("a certificate of an issuer without a list is refused", () => {
    const verdict = (...ids: CertificateId[]): string => codeOf(() => force.revocations.check(ids, now));
    expect(verdict(id(root, "70"))).toBe("ERR_IDENTITY_REVOCATION_MISSING");
    force.put(found(root, {}), "a");
    expect(verdict(id(root, "70"))).toBe("passed");
    expect(verdict(id(other, "70"), id(root, "70"))).toBe("ERR_IDENTITY_REVOCATION_MISSING");
    expect(codeOf(() => force.revocations.check([id(root, "70")], after(8 * day)))).toBe(
      "ERR_IDENTITY_REVOCATION_EXPIRED",
    );
  });

  test("it is told which CA has none", () => {
    force.put(found(root, {}), "a");
    events.length = 0;
    force.tellMissing(trustOf(root, other));
    expect(events).toEqual([expect.objectContaining({ code: "REVOCATION_MISSING", level: "warn" })]);
    expect(events[0]!.issuer).toMatch(/^CN=demo CA/);
    force.tellMissing({ ...trustOf(root), intermediates: trustOf(other).roots });
    expect(events[1]!.issuer).toBe(events[0]!.issuer);
    const optional = new ListsInForce({ isRequired: false, graceMs: 0 }, 30 * day, (event) => events.push(event));
    optional.tellMissing(trustOf(root, other));
    expect(events).toHaveLength(2);
  });
});
