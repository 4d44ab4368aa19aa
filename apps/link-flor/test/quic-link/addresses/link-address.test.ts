import { expect, test } from "vitest";
import { isSameAddress, type UdpAddress } from "../../../src/quic-link/addresses/link-address.ts";

const at = (local?: string): UdpAddress => ({ host: "192.0.2.1", port: 1, ...(local !== undefined && { local }) });

test.each([
  ["the same", at("192.0.2.7"), true],
  ["another address of ours", at("192.0.2.8"), false],
  ["an address of ours that is not known", at(), true],
  ["another port", { ...at("192.0.2.7"), port: 2 }, false],
  ["another host", { ...at("192.0.2.7"), host: "192.0.2.2" }, false],
])("two addresses are the same path, but for %s", (_what, other, isSame) => {
  expect(isSameAddress(at("192.0.2.7"), other)).toBe(isSame);
  expect(isSameAddress(other, at("192.0.2.7"))).toBe(isSame);
});
