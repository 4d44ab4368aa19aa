import { isIP, isIPv6, SocketAddress } from "node:net";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/packets/addresses.ts";

function hexOf(text: string): string | undefined {
  const bytes = parseAddress(text);
  return bytes && Buffer.from(bytes).toString("hex");
}

const parsed: readonly (readonly [string, string])[] = [
  ["0.0.0.0", "00000000"],
  ["192.0.2.255", "c00002ff"],
  ["::", "00000000000000000000000000000000"],
  ["::1", "00000000000000000000000000000001"],
  ["fd00::", "fd000000000000000000000000000000"],
  ["2001:DB8::53", "20010db8000000000000000000000053"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
  ["::2:3:4:5:6:7:8", "00000002000300040005000600070008"],
  ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
  ["64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221"],
  ["1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"],
  ["ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffffffffffffffffffffffffffffffff"],
];

const refused: readonly string[] = [
  "",
  "1",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.04",
  "1.2.3.",
  " 1.2.3.4",
  "1.2.3.4 ",
  "0x1.2.3.4",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "::1:2:3:4:5:6:7:8",
  "12345::",
  "g::",
  "1:",
  ":1",
  "::1.2.3",
  "::1.2.3.4:5",
  "1.2.3.4::",
  "1:2:3:4:5:6:7:1.2.3.4",
  "fe80::1%eth0",
  "[::1]",
  "::-1",
  "+1::",
  "::1/64",
];

/** The texts of RFC 5952, and the ends of its rules. */
const formatted: readonly (readonly [string, string])[] = [
  ["10.1.2.3", "10.1.2.3"],
  ["2001:0db8::0001", "2001:db8::1"],
  ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:DB8::AAAA", "2001:db8::aaaa"],
  ["0:0:0:0:0:0:0:0", "::"],
  ["0:0:1:0:0:0:0:0", "0:0:1::"],
  ["::ffff:c000:201", "::ffff:192.0.2.1"],
  ["::fffe:c000:201", "::fffe:c000:201"],
  ["::1:ffff:c000:201", "::1:ffff:c000:201"],
];

describe("addresses", () => {
  test.each(parsed)("%s is read", (text, hex) => {
    expect(hexOf(text)).toBe(hex);
  });

  test.each(refused)('"%s" is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test.each(formatted)("%s is written %s", (text, expected) => {
    expect(formatAddress(parseAddress(text)!)).toBe(expected);
  });

  test("whatever bytes are written is read back, as Node writes and reads it", () => {
    const word = fc.constantFrom([0, 0], [0, 1], [0xff, 0xff], [0xab, 0xcd]);
    const ipv6 = fc.array(word, { minLength: 8, maxLength: 8 }).map((words) => Uint8Array.from(words.flat()));
    const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (bytes) => {
        const text = formatAddress(bytes);
        expect(parseAddress(text)).toEqual(bytes);
        const address = new SocketAddress({ address: text, family: isIPv6(text) ? "ipv6" : "ipv4" }).address;
        // Node writes the deprecated IPv4-compatible addresses with dots, which RFC 5952 does not ask for.
        if (!/^::[0-9.]+$/.test(address)) expect(text).toBe(address);
      }),
      { numRuns: 500 },
    );
  });

  test("whatever text Node takes for an address is one, and no other is", () => {
    const piece = fc.constantFrom(
      ":",
      "::",
      ".",
      "0",
      "1",
      "12",
      "255",
      "256",
      "01",
      "ffff",
      "12345",
      "1.2.3.4",
      "1:2:3",
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
      fc.array(fc.constantFrom("0", "ab", "1"), { minLength: 6, maxLength: 9 }).map((words) => words.join(":")),
      fc.ipV4(),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(text, (text) => {
        expect(parseAddress(text)?.length ?? 0).toBe({ 0: 0, 4: 4, 6: 16 }[isIP(text)]);
      }),
      { numRuns: 2_000 },
    );
  });
});
