/** Vertices are judged by the roots and lists of this vertex. */
import { readCertificatePem, Revocations } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { describe, expect, test } from "vitest";
import type { LinkConfig } from "../../src/config/cluster-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { NO_PINS, type VertexPins } from "../../src/config/vertex-pins.ts";
import { VertexJudge } from "../../src/connection/vertex-judge.ts";

const start = new Date();
const authority = makeAuthority({ cluster: "demo" }, start);
const b = issueIdentity(authority, { kind: "vertex", name: "b", days: 1 }, start);
const chainOf = (identity: { readonly certificateChainPem: string }): Uint8Array[] =>
  readCertificatePem(identity.certificateChainPem);

function judgeWith(revocations = new Revocations({ isRequired: false, graceMs: 0 })) {
  const holdings: { roots: string | undefined; revocations: Revocations } = {
    roots: authority.certificatePem,
    revocations,
  };
  const clock = { at: start };
  const rules: { pins: VertexPins; links: SlotMap<LinkConfig> } = { pins: NO_PINS, links: new SlotMap() };
  const judge = new VertexJudge({
    config: () => ({ cluster: "demo", expiryGraceMs: 5_000, ...rules }),
    holdings,
    time: { now: () => 0, wallClock: () => clock.at },
  });
  return { judge, holdings, clock, rules };
}

const ask = { presenter: "originator", peer: "", chain: chainOf(b), isOpen: false } as const;

describe("a vertex judge", () => {
  test("names the vertex, and says until when it is good", () => {
    expect(judgeWith().judge.judge(ask)).toEqual({
      principal: "spiffe://demo/vertex/b",
      name: "b",
      goodUntil: b.notAfter.getTime(),
      graceMs: 5_000,
    });
  });

  test("refuses who is another one, or no vertex, or nobody", () => {
    const { judge } = judgeWith();
    const user = issueIdentity(authority, { kind: "user", name: "b" }, start);
    expect(judge.judge({ ...ask, peer: "c" })).toMatchObject({ code: "WRONG_NAME" });
    expect(judge.judge({ ...ask, chain: chainOf(user) })).toMatchObject({ code: "WRONG_KIND" });
    expect(judge.judge({ ...ask, chain: [new Uint8Array(16_385)] })).toMatchObject({ code: "CERTIFICATE_REFUSED" });
    const copies = Array.from({ length: 9 }, () => ask.chain[0]!);
    expect(judge.judge({ ...ask, chain: copies })).toMatchObject({ code: "CERTIFICATE_REFUSED" });
  });

  test("refuses another key than the pinned ones, where pins bind all, and of links that are open, too", () => {
    const { judge, rules } = judgeWith();
    const keysOf = (...keys: readonly string[]) => new Map([["vertex/b", new Set(keys)]]);
    for (const isOpen of [false, true]) {
      rules.pins = { keys: keysOf("00".repeat(32)), bindAll: true };
      expect(judge.judge({ ...ask, isOpen })).toEqual({
        code: "WRONG_KEY",
        text: `vertex/b: key ${b.keyHash} is none of the pinned keys of this principal`,
      });
      rules.pins = { ...rules.pins, bindAll: false };
      expect(judge.judge({ ...ask, isOpen })).toMatchObject({ name: "b" });
      rules.pins = { keys: keysOf(b.keyHash), bindAll: true };
      expect(judge.judge({ ...ask, isOpen })).toMatchObject({ name: "b" });
    }
  });

  test("lets a link go on that is open when its certificate ends, and not when it is revoked", () => {
    const { judge, holdings, clock } = judgeWith();
    clock.at = new Date(b.notAfter.getTime() + 1_000);
    expect(judge.judge(ask)).toMatchObject({ code: "CERTIFICATE_REFUSED" });
    expect(judge.judge({ ...ask, isOpen: true })).toMatchObject({ name: "b", goodUntil: b.notAfter.getTime() });
    const { issuer, serial } = b.certificates[0]!;
    const dates = { thisUpdate: start, nextUpdate: start };
    const serials = new Set([serial]);
    holdings.revocations.put({ issuer, issuerName: "CA", number: 1n, ...dates, serials, der: new Uint8Array() });
    expect(judge.judge({ ...ask, isOpen: true })).toMatchObject({ code: "REVOKED" });
  });

  test("has another generation after each change, and none without roots", () => {
    const { judge, holdings } = judgeWith();
    const before = judge.generation;
    judge.handleChange();
    expect(judge.generation).toBe(before + 1);
    holdings.roots = undefined;
    expect(judge.generation).toBe(0);
  });
});
