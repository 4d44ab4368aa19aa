import { describe, expect, test } from "vitest";
import type { LinkConfig } from "../../src/config/cluster-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { DIAL_MS, Dialling } from "../../src/connection/dialling.ts";

const [x, y, z] = ["udp://192.0.2.1:1", "udp://192.0.2.2:1", "udp://192.0.2.3:1"] as const;
const toPeer = (...endpoints: string[]): LinkConfig => {
  const link = { name: "auto.d", portal: 0, role: "originator", peer: "d", tag: "0", label: 99 } as const;
  return { ...link, endpoint: endpoints[0], ...(endpoints.length > 1 && { endpoints }) };
};
const dial = (...links: LinkConfig[]): Dialling => {
  const dialling = new Dialling();
  dialling.reconfigure(SlotMap.of(links));
  return dialling;
};
const always = (): boolean => true;
const never = (): boolean => false;

describe("a link with several endpoints", () => {
  test("is called at one after the other, each for a while, and begins anew behind the last", () => {
    const dialling = dial(toPeer(x, y, z));
    const called: [number, string | undefined][] = [[0, dialling.endpointOf(0)]];
    expect(dialling.nextTimeout()).toBe(Infinity);
    for (let now = 0; now < 4 * DIAL_MS; now += 100) {
      for (const link of dialling.turn(always, now)) called.push([now, dialling.endpointOf(link)]);
      expect(dialling.nextTimeout()).toBeGreaterThan(now);
    }
    expect(called).toEqual([
      [0, x],
      [DIAL_MS, y],
      [2 * DIAL_MS, z],
      [3 * DIAL_MS, x],
    ]);
  });

  test("stays where it is while it is up, and has the whole time again once it is down", () => {
    const dialling = dial(toPeer(x, y));
    dialling.turn(always, 0);
    expect(dialling.turn(never, 2 * DIAL_MS)).toEqual([]);
    expect(dialling.nextTimeout()).toBe(Infinity);
    expect(dialling.turn(always, 100 * DIAL_MS)).toEqual([]);
    expect(dialling.nextTimeout()).toBe(101 * DIAL_MS);
    expect([dialling.turn(always, 101 * DIAL_MS), dialling.endpointOf(0)]).toEqual([[0], y]);
  });

  test("goes on with its endpoint over other orders, as long as that is still among them", () => {
    const dialling = dial(toPeer(x, y));
    dialling.turn(always, 0);
    dialling.turn(always, DIAL_MS);
    dialling.reconfigure(SlotMap.of([toPeer(z, x, y)]));
    expect(dialling.endpointOf(0)).toBe(y);
    expect(dialling.turn(always, 2 * DIAL_MS - 1)).toEqual([]);
    dialling.reconfigure(SlotMap.of([toPeer(z, x)]));
    expect(dialling.endpointOf(0)).toBe(z);
    dialling.reconfigure(new SlotMap());
    expect(dialling.endpointOf(0)).toBeUndefined();
  });
});

test("a link with one endpoint has no choice", () => {
  const dialling = dial(toPeer(x), toPeer());
  expect(dialling.turn(always, 10 * DIAL_MS)).toEqual([]);
  expect([dialling.endpointOf(0), dialling.nextTimeout()]).toEqual([undefined, Infinity]);
});
