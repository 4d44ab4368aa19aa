/** Lists of any octets: only IdentityErrors are thrown, and no list is taken that was not signed. */
import { sign } from "node:crypto";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fingerprintOf, readCertificate } from "../../src/certificates/certificate.ts";
import { writeCertificatePem } from "../../src/certificates/pem.ts";
import { IdentityError } from "../../src/errors.ts";
import { type ListFileResult, readListFile } from "../../src/revocation/list-file.ts";
import { verifyRevocationList } from "../../src/revocation/list-issuer.ts";
import { readRevocationList } from "../../src/revocation/revocation-list.ts";
import { SerialSet, SerialSetBuilder } from "../../src/revocation/serial-set.ts";
import { bitsOf } from "../bits.ts";
import { ca, now } from "../certificates.ts";
import { element, entry, extension, extensions, listPem, revocationList } from "../revocation-lists.ts";

const root = ca("demo");
const reason = extensions(extension("2.5.29.21", false, "0a0101"));
const wish = { number: 5n, serials: ["70", "00ff", entry("7101", reason)] };
const good = revocationList(root, wish);
const text = Buffer.from(`${listPem(good)}${writeCertificatePem(root.der)}`);

function read(octets: Uint8Array, by: Uint8Array = root.der): ListFileResult {
  const result = readListFile({
    text: octets,
    cluster: "demo",
    roots: [by],
    intermediates: [],
    at: now,
    isKept: false,
  });
  // Any other error is a refusal, too, so that no file ends a process; but such an error is a mistake of ours.
  expect(result.refused.filter(({ message }) => stumbled.test(message))).toEqual([]);
  return result;
}

const stumbled = /: [A-Za-z]*Error: /;

test("what the reading stumbles over is refused", () => {
  const cluster = Symbol("no text") as unknown as string;
  const alone = Buffer.from(listPem(good));
  const result = readListFile({ text: alone, cluster, roots: [], intermediates: [], at: now, isKept: false });
  expect(result).toEqual({
    lists: [],
    refused: [{ code: "ERR_IDENTITY_LIST_BROKEN", message: expect.stringMatching(stumbled), retryAt: undefined }],
  });
});

test.each(["p256", "ed25519"] as const)("a %s list with a bit of any octet flipped is refused", (algorithm) => {
  const issuer = ca("demo", { algorithm });
  const trust = { cluster: "demo", roots: [readCertificate(issuer.der)], intermediates: [] };
  const isTaken = (der: Uint8Array): boolean => {
    try {
      verifyRevocationList(readRevocationList(der), trust, now);
      return true;
    } catch (error) {
      if (error instanceof IdentityError) return false;
      throw error;
    }
  };
  const der = revocationList(issuer, wish);
  expect(isTaken(der)).toBe(true);
  const taken: number[] = [];
  for (const bit of bitsOf(der)) {
    const flipped = Buffer.from(der);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    if (isTaken(flipped)) taken.push(bit);
  }
  expect(taken).toEqual([]);
});

/** The seeds of the runs; a seed that has found a mistake is added, and stays. */
const seeds = [4, 2_026_1120];

describe.each(seeds)("with seed %d", (seed) => {
  const change = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 12 }),
    insert: fc.uint8Array({ maxLength: 12 }),
  });
  const changed = (
    octets: Uint8Array,
    changes: readonly { at: number; remove: number; insert: Uint8Array }[],
  ): Buffer => {
    let result = Buffer.from(octets);
    for (const { at, remove, insert } of changes) {
      const start = at % (result.length + 1);
      result = Buffer.concat([result.subarray(0, start), insert, result.subarray(start + remove)]);
    }
    return result;
  };
  const options = { seed, numRuns: runs(250, 60) };

  test("a changed list is refused, or is the same", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const der = changed(good, changes);
        const { lists } = read(Buffer.from(listPem(der)));
        expect(lists.map((list) => fingerprintOf(list.der))).toEqual(der.equals(good) ? [fingerprintOf(good)] : []);
      }),
      options,
    );
  });

  test("a changed file holds the list as it was signed, or none", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const { lists, refused } = read(changed(text, changes));
        for (const list of lists) expect(fingerprintOf(list.der)).toBe(fingerprintOf(good));
        for (const { code } of refused) expect(code).toMatch(/^ERR_IDENTITY_/);
      }),
      options,
    );
  });

  test("a list or a file that is cut off, or is any octets, is refused", () => {
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.uint8Array({ maxLength: 200 }), (length, octets) => {
        for (const der of [good.subarray(0, length), octets]) {
          expect(() => readRevocationList(der)).toThrow(IdentityError);
          expect(read(Buffer.from(listPem(der))).lists).toEqual([]);
        }
        expect(read(text.subarray(0, length)).lists).toEqual([]);
        expect(read(octets).lists).toEqual([]);
      }),
      options,
    );
  });

  test("a list that is changed and signed anew is taken or refused, and nothing else", () => {
    const { signed } = readRevocationList(good);
    const algorithm = Buffer.from("300a06082a8648ce3d040302", "hex");
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
        const body = changed(signed, changes);
        const signature = sign("sha256", body, root.key);
        const der = element(0x30, body, algorithm, element(0x03, Buffer.of(0), signature));
        const { lists, refused } = read(Buffer.from(listPem(der)));
        expect(lists.length + refused.length).toBe(1);
      }),
      options,
    );
  });

  test("a set of serial numbers has what was put into it and nothing else", () => {
    const serial = fc.uint8Array({ minLength: 1, maxLength: 21 });
    fc.assert(
      fc.property(fc.array(serial, { maxLength: 60 }), fc.array(serial, { maxLength: 20 }), (members, others) => {
        const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");
        const twin = new Set<string>();
        const builder = new SerialSetBuilder(members.length);
        for (const member of members) {
          expect(builder.add(member)).toBe(!twin.has(hex(member)));
          twin.add(hex(member));
        }
        const built = builder.build();
        const moved = new SerialSet(built.octets, built.size);
        for (const each of [...members, ...others]) expect(moved.has(hex(each))).toBe(twin.has(hex(each)));
        expect(moved.size).toBe(twin.size);
      }),
      options,
    );
  });

  test("each set has numbers in other places, so that nobody chooses some that fall into one", () => {
    const serials = Array.from({ length: 1_000 }, (_, at) => Buffer.of(at >> 8, at & 0xff));
    const made = (): readonly string[] => {
      const builder = new SerialSetBuilder(serials.length);
      for (const serial of serials) builder.add(serial);
      return [...builder.build()];
    };
    const [one, other] = [made(), made()];
    expect(one).not.toEqual(other);
    expect(one.toSorted()).toEqual(other.toSorted());
  });
});
