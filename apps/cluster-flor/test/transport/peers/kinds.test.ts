import { PRINCIPAL_KINDS, readCertificatePem, Revocations } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { describe, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { NO_PINS } from "../../../src/config/vertex-pins.ts";
import { Principals } from "../../../src/transport/peers/principals.ts";

const now = new Date();
const authority = makeAuthority({ cluster: "demo" }, now);
const own = { trustBundlePem: authority.certificatePem };
const principals = new Principals({
  cluster: "demo",
  wallClock: () => now,
  now: () => 0,
  expiryGraceMs: 0,
  pins: NO_PINS,
  revocations: new Revocations({ isRequired: false, graceMs: 0 }),
  connectionsMax: 1,
});

describe.each(PRINCIPAL_KINDS)("the certificate of a %s, of the right name,", (kind) => {
  const chain = readCertificatePem(issueIdentity(authority, { kind, name: "web" }, now).certificateChainPem);
  const refusal = (code: number): unknown => expect.objectContaining({ code, reason: "ERR_IDENTITY_WRONG_KIND" });
  const proven: unknown = expect.objectContaining({ principal: `${kind}/web` });

  test("opens tunnels when it is a user's or a service's", () => {
    expect(principals.verifyOriginator(chain, own, false)).toEqual(
      kind === "vertex" ? refusal(Code.wrongPrincipal) : proven,
    );
  });

  test("serves when it is a service's", () => {
    expect(principals.verifyService(chain, "web", own, false)).toEqual(
      kind === "service" ? proven : refusal(Code.unknownService),
    );
  });
});
