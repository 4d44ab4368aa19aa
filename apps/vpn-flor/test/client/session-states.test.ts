import { describe, expect, test } from "vitest";
import { judgeAssignment } from "../../src/client/assignment.ts";
import { DeviceMtu } from "../../src/client/device-mtu.ts";
import { SessionRetry } from "../../src/client/session-retry.ts";
import { parseAddress } from "../../src/packets/addresses.ts";
import { type IpNetwork, parseNetwork } from "../../src/packets/networks.ts";

describe("the MTU of the device", () => {
  test("is what goes in one piece behind the context id, 1,280 to 1,500", () => {
    const mtuOf = (datagramSize: number): number => {
      const mtu = new DeviceMtu();
      mtu.handleRoute(datagramSize, 0);
      return mtu.value;
    };
    expect([0, 900, 1_281, 1_342, 1_501, 9_000].map(mtuOf)).toEqual([1_280, 1_280, 1_280, 1_341, 1_500, 1_500]);
  });

  test("shrinks at once, and grows to the least that was told for a minute", () => {
    const mtu = new DeviceMtu();
    mtu.handleRoute(1_401, 0);
    mtu.handleRoute(1_301, 1_000);
    expect([mtu.value, mtu.dueAt]).toEqual([1_300, undefined]);
    mtu.handleRoute(1_451, 10_000);
    mtu.handleRoute(1_421, 30_000);
    mtu.handleTimeout(69_999);
    expect([mtu.value, mtu.dueAt]).toEqual([1_300, 70_000]);
    mtu.handleTimeout(70_000);
    expect([mtu.value, mtu.dueAt]).toEqual([1_420, undefined]);
  });

  test("stays when the route becomes small again meanwhile, or is not known", () => {
    const mtu = new DeviceMtu();
    mtu.handleRoute(1_301, 0);
    mtu.handleRoute(1_401, 0);
    mtu.handleRoute(1_301, 30_000);
    mtu.handleRoute(0, 40_000);
    mtu.handleTimeout(100_000);
    expect([mtu.value, mtu.dueAt]).toEqual([1_300, undefined]);
  });
});

describe("the next session", () => {
  test("is tried twice as late each time, jittered, and soon again after one that was up for a while", () => {
    const retry = new SessionRetry();
    expect(Array.from({ length: 8 }, () => retry.handleEnd("NO_ANSWER", 0, 0.999999))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000,
    ]);
    expect(retry.handleEnd("NO_ANSWER", 0, 0)).toBe(2_500);
    // An exit that dies a second behind the recovery from another fault is left as soon as any.
    retry.handleUp(1_000);
    expect(retry.handleEnd("CONNECTION_LOST", 2_000, 0)).toBe(50);
    expect(retry.handleEnd("TARGET_DOWN", 2_100, 0)).toBe(100);
  });

  test("is tried twice a second while the mesh finds another egress, and then twice as late each time", () => {
    const retry = new SessionRetry();
    retry.handleUp(0);
    const waits: number[] = [];
    for (let now = 1_000; now < 30_000; now += waits.at(-1)!) waits.push(retry.handleEnd("TARGET_DOWN", now, 0.999999));
    expect(waits.slice(0, 4)).toEqual([100, 200, 400, 500]);
    const soon = waits.findIndex((ms) => ms > 500);
    expect(waits.slice(0, soon).reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(5_000);
    expect(waits.slice(soon, soon + 5)).toEqual([800, 1_600, 3_200, 5_000, 5_000]);
    expect(waits.length).toBeLessThan(22);
  });

  test("is tried later each time when sessions end as soon as they are up", () => {
    const retry = new SessionRetry();
    const waits = Array.from({ length: 4 }, (_, index) => {
      retry.handleUp(index * 1_000);
      return retry.handleEnd("DONE", index * 1_000 + 999, 0.999999);
    });
    expect(waits).toEqual([100, 200, 400, 800]);
  });

  test("is tried after a minute when another machine with our identity has taken our place", () => {
    expect(new SessionRetry().handleEnd("SUPERSEDED", 0, 0)).toBe(60_000);
  });
});

describe("what an egress assigns", () => {
  const expected = ["100.64.0.0/10", "fc00::/7"].map((text) => parseNetwork(text) as IpNetwork);
  const given = (...texts: string[]) =>
    texts.map((text) => {
      const [address, prefix] = text.split("/");
      return { request: 0, address: parseAddress(address!)!, prefix: Number(prefix) };
    });

  test("is taken when it is one address of a version, of the networks that are expected", () => {
    expect(judgeAssignment(given("100.64.1.2/32", "fd00::1/128"), expected)).toEqual({
      v4: parseAddress("100.64.1.2"),
      v6: parseAddress("fd00::1"),
    });
    expect(judgeAssignment(given("fd00::1/128"), expected)).toEqual({ v4: undefined, v6: parseAddress("fd00::1") });
  });

  test.each([
    ["nothing", [], "none"],
    ["a network", ["100.64.0.0/24"], "network"],
    ["an address of the machine's own network", ["192.168.1.1/32"], "outside"],
    ["loopback", ["127.0.0.1/32"], "outside"],
    ["an address of the world", ["2001:db8::1/128"], "outside"],
    ["two addresses of a version", ["100.64.1.2/32", "100.64.1.3/32"], "several"],
  ])("is refused when it is %s", (_, texts, fault) => {
    expect(judgeAssignment(given(...texts), expected)).toBe(fault);
  });
});
