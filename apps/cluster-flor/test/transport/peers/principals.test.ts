import { Revocations } from "@florenetes/identity";
import { expect, test } from "vitest";
import { defaultLimits } from "../../../src/transport/limits.ts";
import { Principals } from "../../../src/transport/peers/principals.ts";

test("a principal has so many connections, and takes none of another's", () => {
  const connectionsMax = defaultLimits.acceptedPerPrincipalMax;
  const principals = new Principals({
    cluster: "demo",
    wallClock: () => new Date(0),
    now: () => 0,
    expiryGraceMs: 0,
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
