import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../src/packets/addresses.ts";
import { NetworkSet } from "../../src/packets/network-set.ts";
import { firstAddress, type IpNetwork, lastAddress, parseNetwork } from "../../src/packets/networks.ts";
import { anyNetwork, anyNetworks, holds } from "./arbitrary-networks.ts";

function setOf(...texts: string[]): NetworkSet {
  return new NetworkSet(texts.map((text) => parseNetwork(text) as IpNetwork));
}

function has(set: NetworkSet, text: string): boolean {
  const bytes = parseAddress(text)!;
  return set.has(bytes.length === 4 ? 4 : 6, bytes, 0);
}

const asked: readonly (readonly [string, boolean])[] = [
  ["10.0.0.0", true],
  ["10.255.255.255", true],
  ["9.255.255.255", false],
  ["11.0.0.0", false],
  ["0.0.0.0", false],
  ["255.255.255.255", false],
  ["192.0.2.1", true],
  ["192.0.2.0", false],
  ["192.0.2.2", false],
  ["fd00::", true],
  ["fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true],
  ["fe00::", false],
  ["a00::", false],
];

describe("sets of networks", () => {
  const set = setOf("192.0.2.1", "10.0.0.0/9", "fd00::/8", "10.128.0.0/9");

  test.each(asked)("%s: %s", (text, expected) => {
    expect(has(set, text)).toBe(expected);
  });

  test("an empty set has nothing", () => {
    const empty = setOf();
    expect(has(empty, "0.0.0.0")).toBe(false);
    expect(has(empty, "::")).toBe(false);
  });

  test("networks of all addresses have each of their version, and none of the other", () => {
    expect(has(setOf("0.0.0.0/0"), "255.255.255.255")).toBe(true);
    expect(has(setOf("0.0.0.0/0"), "::")).toBe(false);
    expect(has(setOf("::/0"), "::")).toBe(true);
    expect(has(setOf("::/0"), "0.0.0.0")).toBe(false);
  });

  test("an address is found wherever it stands, and one that is cut is in no network", () => {
    const bytes = Uint8Array.of(1, 2, 10, 0, 0, 1);
    expect(set.has(4, bytes, 2)).toBe(true);
    expect(set.has(4, bytes, 1)).toBe(false);
    expect(setOf("0.0.0.0/0").has(4, bytes, 3)).toBe(false);
  });

  test("any address is in it, if it is in one of its networks", () => {
    const address = fc.oneof(
      anyNetwork.map(firstAddress),
      anyNetwork.map(lastAddress),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
    );
    fc.assert(
      fc.property(anyNetworks, fc.array(address, { minLength: 20, maxLength: 20 }), (networks, addresses) => {
        const set = new NetworkSet(networks);
        for (const bytes of addresses) {
          const expected = networks.some((network) => holds(network, bytes));
          expect(set.has(bytes.length === 4 ? 4 : 6, bytes, 0)).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});
