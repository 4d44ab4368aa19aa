import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressGroups, smallestGroup } from "../../../src/quic-link/strangers/address-groups.ts";
import type { FairPlace } from "@florenetes/scheduling";
import { Admission } from "../../../src/quic-link/strangers/admission.ts";
import { KnownAddresses } from "../../../src/quic-link/strangers/known-addresses.ts";
import {
  HALF_OPEN_MAX,
  KNOWN_ADDRESSES_PER_VERTEX,
  KNOWN_VERTICES_MAX,
  PLACE_PAUSE_MS,
} from "../../../src/quic-link/limits.ts";
import { SharedRate } from "../../../src/quic-link/strangers/shared-rate.ts";

const nobody = { has: () => false };

describe("the networks of an address", () => {
  test.each([
    ["192.0.2.7", ["192.", "192.0.", "192.0.2.", "192.0.2.7"]],
    ["::ffff:192.0.2.7", ["192.", "192.0.", "192.0.2.", "192.0.2.7"]],
    ["2001:db8:3:1234::1", ["2001:db8", "2001:db8:3", "2001:db8:3:12/56", "2001:db8:3:1234"]],
    ["2001:DB8:0003:1234:9::", ["2001:db8", "2001:db8:3", "2001:db8:3:12/56", "2001:db8:3:1234"]],
    ["::1", ["0:0", "0:0:0", "0:0:0:0/56", "0:0:0:0"]],
    ["fe80::1%eth0", ["fe80:0", "fe80:0:0", "fe80:0:0:0/56", "fe80:0:0:0"]],
  ])("%s", (host, groups) => {
    expect(addressGroups(host)).toEqual(groups);
    expect(smallestGroup(host)).toBe(groups.at(-1));
    expect(new Set(groups).size).toBe(groups.length);
  });
});

describe("places for strangers", () => {
  const flood = (admission: Admission, host: (i: number) => string, count = 5_000): FairPlace[] => {
    const places = Array.from({ length: count }, (_, i) => admission.admit(host(i), 0));
    return places.filter((place) => place !== undefined);
  };

  test("of one address are a fifth, and those of one IPv6 /64 are one address", () => {
    for (const host of [() => "192.0.2.1", (i: number) => `2001:db8:1:2:${i.toString(16)}::1`]) {
      const admission = new Admission(nobody);
      expect(flood(admission, host).length).toBe(Math.ceil(HALF_OPEN_MAX / 5));
      expect(admission.admit("198.51.100.1", 0)).toBeDefined();
    }
  });

  // A host with 128 networks once kept a neighbour out for 20 s.
  test.each([
    ["128 networks /24", (i: number) => `10.9.${i % 128}.${i % 250}`],
    ["all addresses of a /8", (i: number) => `11.${i % 256}.${(i >> 8) % 256}.${i % 250}`],
    ["128 networks /64", (i: number) => `2001:db8:1:${(i % 128).toString(16)}::1`],
    ["all of a /32", (i: number) => `2001:db9:${i.toString(16)}:${i.toString(16)}::1`],
    ["100 networks /8", (i: number) => `${20 + (i % 100)}.${i % 256}.${(i >> 8) % 256}.1`],
  ])("that %s take leave some to others", (_what, host) => {
    const admission = new Admission(nobody);
    flood(admission, host);
    expect(admission.halfOpen).toBeLessThan(HALF_OPEN_MAX);
    for (const other of ["192.0.2.1", "203.0.113.9", "2a00:1:2:3::4"])
      expect(admission.admit(other, 0), other).toBeDefined();
  });

  test("are not those of known addresses, whoever floods", () => {
    const known = new KnownAddresses();
    known.handleProven("a", "192.0.2.1");
    const admission = new Admission(known);
    flood(admission, (i) => `${i % 256}.${(i * 7) % 256}.${(i * 3) % 256}.${i % 256}`, 100_000);
    flood(admission, (i) => `192.0.2.${2 + (i % 250)}`);
    expect(admission.admit("192.0.2.1", 0)).toBeDefined();
  });

  test("bound the rate of those that fail, and not of those that become links", () => {
    for (const isLink of [false, true]) {
      const admission = new Admission(nobody);
      let admitted = 0;
      for (let now = 0; now < 10 * PLACE_PAUSE_MS; now += 5) {
        const place = admission.admit("192.0.2.1", now);
        if (place === undefined) continue;
        admission.release(place, isLink, now);
        expect(admission.halfOpen).toBe(0);
        admitted++;
      }
      expect(admitted).toBe(isLink ? 2_000 : 10 * Math.ceil(HALF_OPEN_MAX / 5));
    }
  });

  test("are all free again in the end", () => {
    const admission = new Admission(nobody);
    for (const place of flood(admission, (i) => `10.${i % 256}.1.1`)) admission.release(place, false, 0);
    expect(admission.halfOpen).toBe(0);
    expect(flood(admission, () => "192.0.2.1").length).toBeLessThan(Math.ceil(HALF_OPEN_MAX / 5));
    admission.admit("192.0.2.2", PLACE_PAUSE_MS);
    expect(flood(admission, (i) => `11.${i % 256}.1.1`).length).toBeGreaterThan(100);
  });
});

describe("a rate for strangers", () => {
  test("leaves a known address its own, however many forge their senders", () => {
    const known = new KnownAddresses();
    known.handleProven("a", "192.0.2.1");
    const rate = new SharedRate(2_000, known);
    let done = 0;
    for (let now = 0; now < 1_000; now++) {
      for (let i = 0; i < 100; i++) rate.take(`${(now * 100 + i) % 223}.${i % 256}.${now % 256}.1`, now);
      if (now % 100 === 50 && rate.take("192.0.2.1", now)) done++;
    }
    expect(done).toBe(10);
  });
});

describe("known addresses", () => {
  test("are those that vertices have proven, the last few of each", () => {
    const known = new KnownAddresses();
    for (let i = 0; i < 10; i++) known.handleProven("a", `192.0.2.${i}`);
    known.handleProven("b", "2001:db8:1:2::3");
    expect(Array.from({ length: 10 }, (_, i) => known.has(`192.0.2.${i}`)).filter(Boolean).length).toBe(
      KNOWN_ADDRESSES_PER_VERTEX,
    );
    expect(known.has("192.0.2.9") && known.has("2001:db8:1:2:ffff::")).toBe(true);
  });

  test("are of so many vertices; the one that was not seen for longest makes room", () => {
    const known = new KnownAddresses();
    known.handleProven("first", "192.0.2.1");
    for (let i = 1; i < KNOWN_VERTICES_MAX; i++) known.handleProven(`v${i}`, `10.0.${i >> 8}.${i & 255}`);
    known.handleProven("first", "192.0.2.1");
    known.handleProven("last", "192.0.2.2");
    expect(known.has("192.0.2.1") && known.has("192.0.2.2")).toBe(true);
    expect(known.has("10.0.0.1")).toBe(false);
  });

  test("are news once, and come back from their text", () => {
    const known = new KnownAddresses();
    known.handleProven("a", "192.0.2.1");
    known.handleProven("a", "2001:db8::1");
    known.handleProven("b.c", "192.0.2.1");
    expect([known.takeNews(), known.takeNews()]).toEqual([true, false]);
    known.handleProven("a", "192.0.2.1");
    expect(known.takeNews()).toBe(false);
    const again = new KnownAddresses();
    again.read(known.toText());
    expect(again.toText()).toBe(known.toText());
    expect(again.has("192.0.2.1") && again.has("2001:db8::ff")).toBe(true);
  });

  test.each(["A", "a..b", "a-", ""])("are not those of %j, which is no name", (vertex) => {
    const known = new KnownAddresses();
    known.read(`${vertex} 192.0.2.1\n`);
    expect(known.has("192.0.2.1")).toBe(false);
  });

  test("are read from anything", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^([a-z]{1,2} [0-9.]{1,9}[ \n]){0,9}$/)),
        (text) => {
          const known = new KnownAddresses();
          known.read(text);
          known.has("192.0.2.1");
          const again = new KnownAddresses();
          again.read(known.toText());
          expect(again.toText()).toBe(known.toText());
        },
      ),
    );
  });
});
