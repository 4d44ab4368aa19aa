/** Lists with a right signature that are, or are not, as RFC 5280 (5) asks. */
import { describe, expect, test } from "vitest";
import { IdentityError } from "../../src/errors.ts";
import { LIST_ENTRIES_MAX } from "../../src/limits.ts";
import { type ReadList, readRevocationList } from "../../src/revocation/revocation-list.ts";
import { ca, now } from "../certificates.ts";
import { element, entry, extension, extensions, type ListWish, revocationList } from "../revocation-lists.ts";

const root = ca("demo");
const ed25519 = ca("demo", { algorithm: "ed25519" });
const reason = (value: string, critical = false): Buffer => extensions(extension("2.5.29.21", critical, value));
const withNumber = (value: string): ListWish => ({
  number: null,
  extensions: [extension("2.5.29.20", false, value)],
});

function read(der: Uint8Array): ReadList {
  return readRevocationList(der);
}

/** "taken", or the code and the message. */
function verdict(der: Uint8Array): string {
  try {
    read(der);
    return "taken";
  } catch (error) {
    if (error instanceof IdentityError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe("a list says", () => {
  test("its number, its times and what it names", () => {
    const thisUpdate = new Date("2026-03-04T05:06:07Z");
    const nextUpdate = new Date("2051-12-31T23:59:59Z");
    const list = read(revocationList(root, { number: 258n, thisUpdate, nextUpdate, serials: ["01", "00ff", "7f01"] }));
    expect(list).toMatchObject({ number: 258n, thisUpdate, nextUpdate, signatureAlgorithm: "p256" });
    expect(list.serials.size).toBe(3);
    expect(["01", "00ff", "7f01"].map((serial) => list.serials.has(serial))).toEqual([true, true, true]);
    expect(["02", "ff", "0001", "7f", "", "7f0", "7f0100"].some((serial) => list.serials.has(serial))).toBe(false);
    expect(list.issuerName).toMatch(/^CN=demo CA \d+$/);
  });

  const fine: readonly (readonly [string, ListWish])[] = [
    ["nothing", {}],
    ["number 0", { number: 0n }],
    ["the largest number", { number: 2n ** 159n - 1n }],
    [
      "a serial number of 20 octets, and one with a zero in front",
      { serials: ["7f".repeat(20), `00${"ff".repeat(20)}`] },
    ],
    [
      "reasons",
      {
        serials: ["00", "01", "02", "03", "04", "05", "06", "09", "0a"].map((r) => entry(`70${r}`, reason(`0a01${r}`))),
      },
    ],
    [
      "when a key was lost",
      { serials: [entry("70", extensions(extension("2.5.29.24", false, "180f32303236303130313030303030305a")))] },
    ],
    ["a reason that is marked as critical", { serials: [entry("70", reason("0a0101", true))] }],
    ["an extension that need not be understood", { extensions: [extension("1.2.3.4", false, "0500")] }],
    ["where fresher lists are", { extensions: [extension("2.5.29.46", false, "3000")] }],
  ];
  test.each(fine)("%s", (_, wish) => {
    expect(verdict(revocationList(root, wish))).toBe("taken");
    expect(verdict(revocationList(ed25519, wish))).toBe("taken");
  });
});

describe("a list is refused with", () => {
  const wishes: readonly (readonly [string, ListWish, RegExp])[] = [
    ["version 1", { version: 0 }, /version is not 2/],
    ["no version", { version: null }, /version is not 2/],
    ["version 3", { version: 2 }, /version is not 2/],
    ["two signature algorithms", { innerAlgorithm: "1.3.101.112" }, /algorithms differ/],
    ["no end", { nextUpdate: null }, /no end/],
    [
      "an end before its begin",
      { thisUpdate: now, nextUpdate: new Date(now.getTime() - 1000) },
      /ends before it begins/,
    ],
    ["an end at its begin", { thisUpdate: now, nextUpdate: now }, /ends before it begins/],
    ["no extensions", { number: null }, /number/],
    ["no number", { number: null, extensions: [extension("1.2.3.4", false, "0500")] }, /no number/],
    ["a negative number", withNumber("020180"), /number is negative/],
    ["a number that is not shortest", withNumber("02020001"), /number is not shortest/],
    ["a number of 21 octets", withNumber(`0215${"01".repeat(21)}`), /number is negative or too long/],
    ["a number without octets", withNumber("0200"), /number is negative or too long/],
    ["octets after its number", withNumber("0201010500"), /more in its number/],
    ["a number that is none", withNumber("040101"), /number is missing/],
    ["a delta", { extensions: [extension("2.5.29.27", true, "020101")] }, /delta/],
    ["a delta that is not critical", { extensions: [extension("2.5.29.27", false, "020101")] }, /delta/],
    [
      "a part of the certificates",
      { extensions: [extension("2.5.29.28", true, "30038101ff")] },
      /issuingDistributionPoint/,
    ],
    [
      "an unknown critical extension",
      { extensions: [extension("1.2.3.4", true, "0500")] },
      /critical extension 1\.2\.3\.4/,
    ],
    [
      "an extension twice",
      { extensions: [extension("1.2.3.4", false, "0500"), extension("1.2.3.4", false, "")] },
      /twice/,
    ],
    ["two numbers", { extensions: [extension("2.5.29.20", false, "020102")] }, /twice/],
    [
      "a key identifier that is none",
      { extensions: [extension("2.5.29.35", false, "0500")] },
      /authorityKeyIdentifier/,
    ],
    ["one serial number twice", { serials: ["70", "71", "70"] }, /70 is there twice/],
    ["a negative serial number", { serials: ["80"] }, /serial number is negative/],
    ["a serial number without octets", { serials: [""] }, /serial number is negative or too long/],
    ["a serial number that is not shortest", { serials: ["0070"] }, /serial number is not shortest/],
    ["a serial number of 21 octets", { serials: ["70".repeat(21)] }, /serial number is negative or too long/],
    ["a serial number of 22 octets", { serials: [`00${"ff".repeat(21)}`] }, /serial number is negative or too long/],
    ["removeFromCRL", { serials: [entry("70", reason("0a0108"))] }, /reason 8/],
    ["a reason that is not used", { serials: [entry("70", reason("0a0107"))] }, /reason 7/],
    ["a reason that nobody knows", { serials: [entry("70", reason("0a010b"))] }, /reason 11/],
    ["a reason that is no number", { serials: [entry("70", reason("020101"))] }, /reason of an entry is not DER/],
    ["a negative reason", { serials: [entry("70", reason("0a01ff"))] }, /reason 255/],
    [
      "an entry of another issuer",
      { serials: [entry("70", extensions(extension("2.5.29.29", true, "3000")))] },
      /another issuer/,
    ],
    [
      "an unknown critical extension of an entry",
      { serials: [entry("70", extensions(extension("1.2.3.4", true, "0500")))] },
      /critical extension 1\.2\.3\.4/,
    ],
    [
      "an extension of an entry twice",
      { serials: [entry("70", extensions(extension("1.2.3", false, ""), extension("1.2.3", false, "")))] },
      /twice/,
    ],
    ["an empty row of extensions of an entry", { serials: [entry("70", element(0x30))] }, /left out/],
    ["something after an entry", { serials: [entry("70", reason("0a0101"), element(0x05))] }, /more in an entry/],
    ["something else in an entry", { serials: [entry("70", element(0x05))] }, /extensions of an entry is missing/],
    [
      "an entry without a time",
      { serials: [element(0x30, element(0x02, Buffer.of(0x70)))] },
      /revocation date is missing/,
    ],
    ["an entry that is none", { serials: [element(0x02, Buffer.of(0x70))] }, /is missing or is something else/],
  ];
  test.each(wishes)("%s", (_, wish, words) => {
    expect(verdict(revocationList(root, wish))).toMatch(/^ERR_IDENTITY_LIST_BROKEN: not a usable revocation list: /);
    expect(verdict(revocationList(root, wish))).toMatch(words);
  });

  const times: readonly (readonly [string, number, string])[] = [
    ["no seconds", 0x17, "2601010000Z"],
    ["another zone", 0x17, "260101000000+0000"],
    ["a fraction of a second", 0x18, "20510101000000.5Z"],
    ["four digits of the year before 2050", 0x18, "20260101000000Z"],
    ["month 13", 0x17, "261301000000Z"],
    ["30 February", 0x17, "260230000000Z"],
    ["day 0", 0x17, "260100000000Z"],
    ["hour 24", 0x17, "260101240000Z"],
    ["minute 60", 0x17, "260101006000Z"],
    ["second 60", 0x17, "260101000060Z"],
    ["letters", 0x17, "26010100000oZ"],
    ["a sign", 0x17, "26010100-100Z"],
    ["no octets", 0x17, ""],
    ["text", 0x0c, "260101000000Z"],
  ];
  test.each(times)("a revocation date with %s", (_, tag, text) => {
    const serials = [element(0x30, element(0x02, Buffer.of(0x70)), element(tag, Buffer.from(text)))];
    expect(verdict(revocationList(root, { serials }))).toMatch(/^ERR_IDENTITY_LIST_BROKEN: .*a revocation date/);
  });

  const good = revocationList(root, { serials: ["70"] });
  const hex = good.toString("hex");
  const octets: readonly (readonly [string, Buffer])[] = [
    ["no octets", Buffer.alloc(0)],
    ["an octet alone", Buffer.of(0x30)],
    ["an octet after its end", Buffer.concat([good, Buffer.of(0)])],
    ["another list after its end", Buffer.concat([good, good])],
    ["an indefinite length", Buffer.from(`3080${hex.slice(8)}0000`, "hex")],
    ["a length that is not shortest", Buffer.from(`308300${hex.slice(4)}`, "hex")],
    ["a length of five octets", Buffer.from(`3085${"00".repeat(3)}${hex.slice(4)}`, "hex")],
    ["the largest length", Buffer.from(`3084ffffffff${hex.slice(8)}`, "hex")],
    ["a certificate in its place", Buffer.from(root.der)],
  ];
  test.each(octets)("%s", (_, der) => expect(verdict(der)).toMatch(/^ERR_IDENTITY_LIST_BROKEN/));

  test("a signature with unused bits, or of RSA", () => {
    const body = element(0x30, element(0x02, Buffer.of(1)));
    const algorithm = Buffer.from("300d06092a864886f70d01010b0500", "hex");
    const rsa = element(0x30, body, algorithm, element(0x03, Buffer.of(0, 1)));
    expect(verdict(rsa)).toMatch(/neither Ed25519 nor ECDSA/);
    const p256 = Buffer.from("300a06082a8648ce3d040302", "hex");
    expect(verdict(element(0x30, body, p256, element(0x03, Buffer.of(1, 0xfe))))).toMatch(/unused bits/);
    expect(verdict(element(0x30, body, p256, element(0x03)))).toMatch(/unused bits/);
  });

  test("an empty row of entries", () => {
    expect(verdict(revocationList(root, { serials: [Buffer.alloc(0)] }))).toMatch(/not an empty row/);
  });

  test(`more than ${LIST_ENTRIES_MAX} entries`, () => {
    const row = Buffer.concat(Array.from({ length: LIST_ENTRIES_MAX + 1 }, () => Buffer.from("3000", "hex")));
    expect(verdict(revocationList(root, { serials: [row] }))).toMatch(/entries are more than/);
  });
});
