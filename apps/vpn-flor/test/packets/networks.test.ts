import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/packets/addresses.ts";
import {
  type AddressRange,
  firstAddress,
  formatNetwork,
  type IpNetwork,
  lastAddress,
  networksOfRange,
  parseNetwork,
  rangesOf,
} from "../../src/packets/networks.ts";
import { anyNetwork, anyNetworks, holds } from "./arbitrary-networks.ts";

function network(text: string): IpNetwork {
  const parsed = parseNetwork(text);
  if (parsed === undefined || parsed === "host-bits") throw new Error(`${text} is no network`);
  return parsed;
}

function textOf({ first, last }: AddressRange): string {
  return `${formatAddress(first)}-${formatAddress(last)}`;
}

function networksOf(first: string, last: string): string[] {
  const bytes = parseAddress(first)!;
  return networksOfRange(bytes.length === 4 ? 4 : 6, bytes, parseAddress(last)!).map(formatNetwork);
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

  const covered: readonly (readonly [string, string, readonly string[]])[] = [
    ["10.0.0.0", "10.255.255.255", ["10.0.0.0/8"]],
    ["0.0.0.0", "255.255.255.255", ["0.0.0.0/0"]],
    ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ["::/0"]],
    ["192.0.2.1", "192.0.2.6", ["192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/31", "192.0.2.6/32"]],
    ["10.0.0.255", "10.0.2.0", ["10.0.0.255/32", "10.0.1.0/24", "10.0.2.0/32"]],
    ["fd00::ffff", "fd00::1:0", ["fd00::ffff/128", "fd00::1:0/128"]],
    ["10.0.0.2", "10.0.0.1", []],
    ["10.0.0.1", "fd00::1", []],
  ];
  test.each(covered)("%s to %s is %j", (first, last, expected) => {
    expect(networksOf(first, last)).toEqual(expected);
  });

  test("the worst ranges have 62 networks of IPv4, and 254 of IPv6", () => {
    expect(networksOf("0.0.0.1", "255.255.255.254")).toHaveLength(62);
    expect(networksOf("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).toHaveLength(254);
  });

  test("a range of a version that is not its own has none", () => {
    expect(networksOfRange(6, parseAddress("10.0.0.1")!, parseAddress("10.0.0.2")!)).toEqual([]);
  });

  test("networks of ranges are those ranges again, and the fewest", () => {
    fc.assert(
      fc.property(anyNetworks, (networks) => {
        const ranges = rangesOf(networks);
        const covering = ranges.map(({ version, first, last }) => networksOfRange(version, first, last));
        expect(rangesOf(covering.flat())).toEqual(ranges);
        for (const [index, list] of covering.entries()) {
          expect(rangesOf(list)).toEqual([ranges[index]]);
          // Two halves of one network are not left apart.
          for (const [at, one] of list.entries()) {
            const parent = { ...one, prefix: one.prefix - 1 };
            const next = list[at + 1];
            if (next?.prefix === one.prefix) expect(holds(parent, next.bytes) && isEven(one)).toBe(false);
          }
        }
      }),
    );
  });

  test("networks of any range hold its ends, and not their neighbours", () => {
    const address = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(address, address, (a, b) => {
        const [first, last] = Buffer.compare(a, b) <= 0 ? ([a, b] as const) : ([b, a] as const);
        const networks = networksOfRange(4, first, last);
        expect(rangesOf(networks)).toEqual([{ version: 4, first, last }]);
        expect(networks.length).toBeLessThanOrEqual(62);
      }),
    );
  });
});

/** Whether a network is the lower half of the one around it. */
function isEven({ bytes, prefix }: IpNetwork): boolean {
  return prefix > 0 && ((bytes[(prefix - 1) >> 3]! >> (7 - ((prefix - 1) & 7))) & 1) === 0;
}
