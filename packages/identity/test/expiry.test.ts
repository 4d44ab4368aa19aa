import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expiryState, warningStart } from "../src/expiry/expiry.ts";
import { type ExpiryNotice, ExpiryWatch, type WatchedCertificate } from "../src/expiry/expiry-watch.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const warningMs = 30 * day;
const start = new Date("2026-06-01T12:00:00Z");

const at = (milliseconds: number): Date => new Date(start.getTime() + milliseconds);

function certificate(days: number, wish: Partial<WatchedCertificate> = {}): WatchedCertificate {
  return {
    role: "leaf",
    principal: "user/alice",
    file: "/etc/alice/chain.pem",
    fingerprint: `of ${days} days`,
    serial: "0a",
    notBefore: start,
    notAfter: at(days * day),
    ...wish,
  };
}

describe("when warnings begin", () => {
  const cases: readonly (readonly [life: number, warning: number, left: number])[] = [
    [365, 30, 30],
    [90, 30, 30],
    [60, 30, 20],
    [9, 30, 3],
    [365, 0, 0],
    [365, 3650, 365 / 3],
  ];
  test.each(cases)("a life of %f days, a warning of %f days: %f days before the end", (life, warning, left) => {
    const validity = { notBefore: start, notAfter: at(life * day) };
    expect(warningStart(validity, warning * day)).toBe(at((life - left) * day).getTime());
  });

  const states: readonly (readonly [number, string])[] = [
    [-day, "valid"],
    [60 * day - 1, "valid"],
    [60 * day, "expires-soon"],
    [90 * day, "expires-soon"],
    [90 * day + 1, "expired"],
    [9_000 * day, "expired"],
  ];
  test.each(states)("after %d ms a certificate of 90 days is %s", (milliseconds, state) => {
    expect(expiryState(certificate(90), warningMs, at(milliseconds))).toBe(state);
  });
});

/** Looks whenever the watch wants to, from one time to another; returns each notice with its time. */
function follow(certificates: readonly WatchedCertificate[], from: number, to: number): [number, ExpiryNotice][] {
  const watch = new ExpiryWatch(warningMs);
  const said: [number, ExpiryNotice][] = [];
  let looks = 0;
  for (let now = from; now <= to; now += watch.nextLook(certificates, at(now))) {
    said.push(...watch.handleTime(certificates, at(now)).map((notice): [number, ExpiryNotice] => [now, notice]));
    expect(++looks).toBeLessThan(100_000);
  }
  return said;
}

const codes = (notices: readonly ExpiryNotice[]): string[] => notices.map(({ fields }) => fields.code);

describe("what is said of a certificate that ends", () => {
  test("nothing until the warning, then a line each day, each hour of the last day, and each hour after the end", () => {
    const said = follow([certificate(90)], 59 * day, 90 * day + 3 * hour);
    const times = said.map(([now]) => now);
    const daily = Array.from({ length: 29 }, (_, index) => (60 + index) * day);
    const hourly = Array.from({ length: 25 }, (_, index) => 89 * day + index * hour);
    expect(times.slice(0, 54)).toEqual([...daily, ...hourly]);
    expect(codes(said.slice(0, 54).map(([, notice]) => notice))).toEqual(Array(54).fill("CERTIFICATE_EXPIRES_SOON"));
    const ended = said.slice(54);
    expect(ended.map(([, { level, fields }]) => `${level} ${fields.code}`)).toEqual(
      Array(3).fill("error CERTIFICATE_EXPIRED"),
    );
    // The look at the very end of the certificate finds it good; the next one may come a second later.
    expect(ended[0]![0]).toBeLessThanOrEqual(90 * day + 2_000);
  });

  test("whom it stands for, where it is, when it ends and what is left, in a line for people", () => {
    const [warning] = new ExpiryWatch(warningMs).handleTime([certificate(90)], at(80 * day));
    expect(warning).toEqual({
      level: "warn",
      fields: {
        code: "CERTIFICATE_EXPIRES_SOON",
        principal: "user/alice",
        role: "leaf",
        file: "/etc/alice/chain.pem",
        serial: "0a",
        notAfter: "2026-08-30T12:00:00.000Z",
        remaining: "10 days",
        identities: 1,
      },
      text: "the certificate of user/alice ends in 10 days, at 2026-08-30T12:00:00.000Z: renew the identity (/etc/alice/chain.pem)",
    });
    const [error] = new ExpiryWatch(warningMs).handleTime([certificate(90)], at(90 * day + 5 * hour));
    expect(error).toMatchObject({ level: "error", fields: { remaining: "-5 hours" } });
  });

  test("a root that many identities hold is told once", () => {
    const roots = ["user/alice", "user/bob", "service/web"].map((principal) =>
      certificate(90, { principal, role: "root", file: `/etc/${principal}/trust.pem` }),
    );
    const notices = new ExpiryWatch(warningMs).handleTime(roots, at(80 * day));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ fields: { identities: 3, role: "root" } });
    expect(notices[0]!.text).toMatch(/^the trust root of user\/alice and 2 more identities ends in 10 days/);
  });

  test("after a reload with another certificate the warning is over, and that is said once", () => {
    const watch = new ExpiryWatch(warningMs);
    watch.handleTime([certificate(90)], at(80 * day));
    const renewed = certificate(365);
    const over = watch.handleTime([renewed], at(80 * day + minute));
    expect(over.map(({ level, fields }) => `${level} ${fields.code}`)).toEqual(["info CERTIFICATE_WARNING_OVER"]);
    expect(watch.handleTime([renewed], at(80 * day + 2 * minute))).toEqual([]);
  });

  test("another certificate that ends soon, too, is told at once", () => {
    const watch = new ExpiryWatch(warningMs);
    watch.handleTime([certificate(90)], at(80 * day));
    const notices = watch.handleTime([certificate(91)], at(80 * day + minute));
    expect(codes(notices)).toEqual(["CERTIFICATE_WARNING_OVER", "CERTIFICATE_EXPIRES_SOON"]);
  });
});

describe("a clock that leaps", () => {
  const cases: readonly (readonly [string, readonly number[], readonly string[]])[] = [
    ["a sleep over the whole time of warning", [50 * day, 95 * day], ["CERTIFICATE_EXPIRED"]],
    [
      "put forward, and back to the time of before",
      [50 * day, 80 * day, 50 * day + minute, 50 * day + 2 * minute],
      ["CERTIFICATE_EXPIRES_SOON", "CERTIFICATE_WARNING_OVER"],
    ],
    [
      "put beyond the end and back before it",
      [80 * day, 2_000 * day, 80 * day + minute],
      ["CERTIFICATE_EXPIRES_SOON", "CERTIFICATE_EXPIRED", "CERTIFICATE_EXPIRES_SOON"],
    ],
    [
      "put back a little, again and again",
      [80 * day, 80 * day - hour, 80 * day - 2 * hour, 81 * day - 2 * hour - 1, 81 * day - 2 * hour],
      ["CERTIFICATE_EXPIRES_SOON", "CERTIFICATE_EXPIRES_SOON"],
    ],
    ["before the certificate was made", [-1_000 * day, 10 * day], []],
  ];
  test.each(cases)("%s", (_, times, expected) => {
    const watch = new ExpiryWatch(warningMs);
    const said = times.flatMap((time) => watch.handleTime([certificate(90)], at(time)));
    expect(codes(said)).toEqual(expected);
  });

  test("whatever it does: what state it is in was said last, and never twice within the hour while the clock goes on", () => {
    const leap = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * day }) },
      { weight: 1, arbitrary: fc.integer({ min: -200 * day, max: 200 * day }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.array(leap, { maxLength: 60 }), (life, leaps) => {
        const watched = certificate(life);
        const watch = new ExpiryWatch(warningMs);
        let now = 0;
        let last = { code: "CERTIFICATE_WARNING_OVER", at: Number.NEGATIVE_INFINITY };
        for (const step of leaps) {
          now += step;
          const notices = watch.handleTime([watched], at(now));
          expect(notices.length).toBeLessThanOrEqual(1);
          for (const { fields } of notices) {
            if (fields.code === last.code && step >= 0) expect(now - last.at).toBeGreaterThanOrEqual(hour);
            last = { code: fields.code, at: now };
          }
          if (step < 0) last.at = Math.min(last.at, now);
          const state = expiryState(watched, warningMs, at(now));
          const told = {
            valid: "CERTIFICATE_WARNING_OVER",
            "expires-soon": "CERTIFICATE_EXPIRES_SOON",
            expired: "CERTIFICATE_EXPIRED",
          };
          expect(last.code).toBe(told[state]);
        }
      }),
    );
  });
});

describe("when it looks again", () => {
  const cases: readonly (readonly [string, number, number])[] = [
    ["within a minute, however long there is time", 0, minute],
    ["when the warning begins", 60 * day - 5_000, 5_000],
    ["right after the end", 90 * day - 30_000, 30_001],
    ["not in a rush", 90 * day, 1_000],
    ["and after the end", 91 * day, minute],
  ];
  test.each(cases)("%s", (_, time, expected) => {
    expect(new ExpiryWatch(warningMs).nextLook([certificate(90)], at(time))).toBe(expected);
  });
});
