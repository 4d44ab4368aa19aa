import { readCertificatePem, Revocations } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { describe, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { defaultLimits } from "../../../src/transport/limits.ts";
import { NO_PINS } from "../../../src/config/vertex-pins.ts";
import { Principals } from "../../../src/transport/peers/principals.ts";

test("a principal has so many connections, and takes none of another's", () => {
  const connectionsMax = defaultLimits.acceptedPerPrincipalMax;
  const principals = new Principals({
    cluster: "demo",
    wallClock: () => new Date(0),
    now: () => 0,
    expiryGraceMs: 0,
    pins: NO_PINS,
    revocations: new Revocations({ isRequired: false, graceMs: 0 }),
    connectionsMax,
  });
  for (let i = 0; i < connectionsMax; i++) expect(principals.enter("user/alice")).toBe(true);
  expect(principals.enter("user/alice")).toBe(false);
  expect(principals.enter("user/bob")).toBe(true);
  principals.leave("user/alice");
  expect(principals.enter("user/alice")).toBe(true);
  expect(principals.enter("user/alice")).toBe(false);
});

describe("pins bind", () => {
  const now = new Date();
  const authority = makeAuthority({ cluster: "demo" }, now);
  const own = { trustBundlePem: authority.certificatePem };
  const web = issueIdentity(authority, { kind: "service", name: "web" }, now);
  const chain = readCertificatePem(web.certificateChainPem);
  const other: ReadonlyMap<string, ReadonlySet<string>> = new Map([["service/web", new Set(["00".repeat(32)])]]);
  const its: ReadonlyMap<string, ReadonlySet<string>> = new Map([["service/web", new Set([web.keyHash])]]);
  const wrongKey = { code: Code.wrongKey, reason: "ERR_IDENTITY_WRONG_KEY" };

  test.each([
    [
      "services at the end of an overlay's paths",
      other,
      false,
      { service: true, bound: false, originator: true, boundOriginator: false },
    ],
    [
      "all peers, where they shall",
      other,
      true,
      { service: false, bound: false, originator: false, boundOriginator: false },
    ],
    [
      "nobody who shows a pinned key",
      its,
      true,
      { service: true, bound: true, originator: true, boundOriginator: true },
    ],
    [
      "nobody without an entry",
      new Map<string, ReadonlySet<string>>(),
      true,
      { service: true, bound: true, originator: true, boundOriginator: true },
    ],
  ])("%s, when they come and while they are open", (_, keys, bindAll, letIn) => {
    const principals = new Principals({
      cluster: "demo",
      wallClock: () => now,
      now: () => 0,
      expiryGraceMs: 0,
      pins: { keys, bindAll },
      revocations: new Revocations({ isRequired: false, graceMs: 0 }),
      connectionsMax: 1,
    });
    const come = () => ({
      service: principals.verifyService(chain, "web", own, false),
      bound: principals.verifyService(chain, "web", own, true),
      originator: principals.verifyOriginator(chain, own, false),
      boundOriginator: principals.verifyOriginator(chain, own, true),
    });
    const verdicts = come();
    principals.pins = NO_PINS;
    const open = come();
    principals.pins = { keys, bindAll };
    for (const way of ["service", "bound", "originator", "boundOriginator"] as const) {
      expect(verdicts[way]).toMatchObject(letIn[way] ? { principal: "service/web", keyHash: web.keyHash } : wrongKey);
      const proof = open[way];
      if (!("principal" in proof)) throw new Error("nothing is pinned");
      const refusal = principals.refusalOf(principals.own(web), proof);
      if (letIn[way]) expect(refusal).toBeUndefined();
      else expect(refusal).toMatchObject(wrongKey);
    }
  });

  test("no end of itself", () => {
    const principals = new Principals({
      cluster: "demo",
      wallClock: () => now,
      now: () => 0,
      expiryGraceMs: 0,
      pins: { keys: other, bindAll: true },
      revocations: new Revocations({ isRequired: false, graceMs: 0 }),
      connectionsMax: 1,
    });
    expect(principals.ownRefusalOf(principals.own(web))).toBeUndefined();
  });
});
