import { expect, test } from "vitest";
import { poolOfService, serviceOfPool } from "../src/index.ts";

test("a pool has the service that docs/protocol/vpn-service.md names", () => {
  expect(serviceOfPool("main")).toBe("vpn-egress.main");
});

test.each([
  [serviceOfPool("main"), "main"],
  [serviceOfPool("a.b"), "a.b"],
  ["vpn-egress", undefined],
  ["web", undefined],
  ["web.vpn-egress.main", undefined],
])("the service %s is of pool %s", (service, pool) => {
  expect(poolOfService(service)).toBe(pool);
});
