import type { Logger } from "@florenetes/process-kit";
import { expect, test, vi } from "vitest";
import { machineAddresses } from "../../src/drivers/machine-addresses.ts";

const warn = vi.fn<Logger["warn"]>();
const ignore = (): void => undefined;
const log: Logger = { debug: ignore, info: ignore, warn, error: ignore, child: () => log };

test("addresses are in order, with their networks", () => {
  const read = (): Record<string, { address: string; cidr: string | null }[]> => ({
    eth0: [{ address: "192.0.2.7", cidr: "192.0.2.7/24" }],
    tun0: [{ address: "10.0.0.1", cidr: null }],
  });
  expect(machineAddresses(log, read)()).toEqual([
    { address: "10.0.0.1", network: "10.0.0.1" },
    { address: "192.0.2.7", network: "192.0.2.7/24" },
  ]);
  expect(warn).not.toHaveBeenCalled();
});

test("a sandbox that forbids to read them is told once, and there are none", () => {
  const addresses = machineAddresses(log, () => {
    throw new Error("Unknown system error 97");
  });
  expect([addresses(), addresses()]).toEqual([[], []]);
  expect(warn.mock.calls.map(([{ code }]) => code)).toEqual(["ADDRESSES_UNREAD"]);
});
