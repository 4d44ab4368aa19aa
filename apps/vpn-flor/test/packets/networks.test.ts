import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress } from "../../src/packets/addresses.ts";
import {
  type AddressRange,
  firstAddress,
  formatNetwork,
  type IpNetwork,
  lastAddress,
  parseNetwork,
  rangesOf,
} from "../../src/packets/networks.ts";
import { anyNetwork, anyNetworks } from "./arbitrary-networks.ts";

function network(text: string): IpNetwork {
  const parsed = parseNetwork(text);
  if (parsed === undefined || parsed === "host-bits") throw new Error(`${text} is no network`);
  return parsed;
}

function textOf({ first, last }: AddressRange): string {
  return `${formatAddress(first)}-${formatAddress(last)}`;
}

const ends: readonly (readonly [string, string, string])[] = [
  ["10.0.0.0/8", "10.0.0.0", "10.255.255.255"],
  ["192.0.2.128/25", "192.0.2.128", "192.0.2.255"],
  ["198.51.100.4/30", "198.51.100.4", "198.51.100.7"],
  ["192.0.2.1", "192.0.2.1", "192.0.2.1"],
  ["0.0.0.0/0", "0.0.0.0", "255.255.255.255"],
  ["::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["fd00::/8", "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["2001:db8:8000::/33", "2001:db8:8000::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["2001:db8::1", "2001:db8::1", "2001:db8::1"],
];

const refused: readonly (readonly [string, "host-bits" | undefined])[] = [
  ["10.0.0.1/8", "host-bits"],
  ["192.0.2.1/31", "host-bits"],
  ["0.0.0.1/0", "host-bits"],
  ["2001:db8:c000::/33", "host-bits"],
  ["fd00::1/127", "host-bits"],
  ["", undefined],
  ["/8", undefined],
  ["10.0.0.0/", undefined],
  ["10.0.0.0/33", undefined],
  ["fd00::/129", undefined],
  ["10.0.0.0/08", undefined],
  ["10.0.0.0/+8", undefined],
  ["10.0.0.0/8/8", undefined],
  ["10.0.0.0/255.0.0.0", undefined],
  ["10/8", undefined],
  ["example.org", undefined],
];

describe("networks", () => {
  test.each(ends)("%s is %s to %s", (text, first, last) => {
    expect(formatAddress(firstAddress(network(text)))).toBe(first);
    expect(formatAddress(lastAddress(network(text)))).toBe(last);
  });

  test.each(refused)('"%s" is refused', (text, reason) => {
    expect(parseNetwork(text)).toBe(reason);
  });

  test("an address is a network of its own", () => {
    expect(network("192.0.2.1")).toEqual({ version: 4, bytes: Uint8Array.of(192, 0, 2, 1), prefix: 32 });
    expect(network("fd00::1")).toMatchObject({ version: 6, prefix: 128 });
    expect(formatNetwork(network("192.0.2.1"))).toBe("192.0.2.1/32");
  });

  test("the first address is a copy", () => {
    const given = network("10.0.0.0/8");
    firstAddress(given)[0] = 11;
    expect(formatNetwork(given)).toBe("10.0.0.0/8");
  });

  test("whatever is written is read back", () => {
    fc.assert(
      fc.property(anyNetwork, (given) => {
        expect(parseNetwork(formatNetwork(given))).toEqual(given);
      }),
    );
  });
});

describe("ranges", () => {
  test("they are in the order of RFC 9484, and do not touch", () => {
    const texts = [
      "fd00::/8",
      "10.1.0.0/16",
      "10.0.0.0/16",
      "192.0.2.0/24",
      "192.0.2.7",
      "10.3.0.0/16",
      "255.255.255.255",
    ];
    expect(rangesOf(texts.map(network)).map(textOf)).toEqual([
      "10.0.0.0-10.1.255.255",
      "10.3.0.0-10.3.255.255",
      "192.0.2.0-192.0.2.255",
      "255.255.255.255-255.255.255.255",
      "fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]);
  });

  test("ranges hold both ends of each network, rise, and do not touch", () => {
    const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
    fc.assert(
      fc.property(anyNetworks, (networks) => {
        const ranges = rangesOf(networks);
        for (const { version, bytes, prefix } of networks) {
          const [first, last] = [bytes, lastAddress({ version, bytes, prefix })].map(number);
          const around = ranges.filter((range) => range.version === version && number(range.first) <= first!);
          expect(number(around.at(-1)!.last)).toBeGreaterThanOrEqual(last!);
        }
        for (const [at, { version, first }] of ranges.entries()) {
          const before = ranges[at - 1];
          if (before === undefined) continue;
          expect(before.version).toBeLessThanOrEqual(version);
          if (before.version === version) expect(number(first)).toBeGreaterThan(number(before.last) + 1n);
        }
        const ends = networks.flatMap((network) => [firstAddress(network), lastAddress(network)]).map(formatAddress);
        for (const { first, last } of ranges)
          expect(ends).toEqual(expect.arrayContaining([first, last].map(formatAddress)));
      }),
    );
  });
});
