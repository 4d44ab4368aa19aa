import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressPool, type ClientAddresses } from "../../src/egress/address-pool.ts";
import { formatAddress } from "../../src/packets/addresses.ts";
import { NetworkSet } from "../../src/packets/network-set.ts";
import { type IpNetwork, parseNetwork } from "../../src/packets/networks.ts";

const networks = (...texts: string[]): IpNetwork[] => texts.map((text) => parseNetwork(text) as IpNetwork);
const texts = ({ v4, v6 }: ClientAddresses): (string | undefined)[] =>
  [v4, v6].map((address) => address && formatAddress(address));
const WIDE = networks("100.64.0.0/16", "fd00:f10::/64");

describe("addresses of a pool", () => {
  test("are the same at each egress, and after a client has left", () => {
    const [one, other] = [new AddressPool("main", WIDE), new AddressPool("main", WIDE)];
    other.give(other.take("user/bob"));
    const first = one.take("user/alice");
    expect(texts(first)).toEqual(["100.64.201.1", "fd00:f10::c357:720f:fabd:bf94"]);
    expect(texts(other.take("user/alice"))).toEqual(texts(first));
    one.give(first);
    expect(one.take("user/alice")).toEqual(first);
    expect(texts(new AddressPool("other", WIDE).take("user/alice"))).not.toEqual(texts(first));
  });

  test("of a small network are given once each, until none is left", () => {
    // The network, the egress and the address of all take three of the eight addresses.
    const pool = new AddressPool("main", networks("10.9.8.0/29"));
    const given = Array.from({ length: 5 }, (_, index) => texts(pool.take(`user/${index}`))[0]);
    expect(new Set(given)).toEqual(new Set(["10.9.8.2", "10.9.8.3", "10.9.8.4", "10.9.8.5", "10.9.8.6"]));
    expect(pool.take("user/more")).toEqual({ v4: undefined, v6: undefined, isMoved: false });
  });

  test("say when another client has the one that a principal has by right", () => {
    const pool = new AddressPool("main", networks("10.9.8.0/30"));
    expect([pool.take("user/a").isMoved, texts({ ...pool.own, isMoved: false })]).toEqual([
      expect.any(Boolean),
      ["10.9.8.1", undefined],
    ]);
    const wide = new AddressPool("main", WIDE);
    const [first, second] = [wide.take("user/alice"), wide.take("user/alice")];
    expect([first.isMoved, second.isMoved]).toEqual([false, true]);
  });

  test("are of the pool's networks, and none is the egress' own, whatever the principal", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { maxLength: 40 }),
        fc.integer({ min: 20, max: 28 }),
        fc.integer({ min: 0, max: 64 }),
        (principals, v4Prefix, v6Prefix) => {
          const all = networks(`10.32.0.0/${v4Prefix}`, `::/${v6Prefix}`);
          const pool = new AddressPool("main", all);
          const set = new NetworkSet(all);
          const own = texts({ ...pool.own, isMoved: false });
          const seen = new Set<string>();
          for (const principal of principals) {
            const taken = pool.take(principal);
            for (const [version, address] of [
              [4, taken.v4],
              [6, taken.v6],
            ] as const) {
              if (address === undefined) continue;
              expect(set.has(version, address, 0)).toBe(true);
              expect(own).not.toContain(formatAddress(address));
              expect(seen).not.toContain(formatAddress(address));
              seen.add(formatAddress(address));
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
