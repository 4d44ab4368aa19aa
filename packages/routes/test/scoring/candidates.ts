/** Candidates for tests: good ones, and any. */
import type { DeviceProfile } from "@florenetes/facts";
import * as fc from "fast-check";
import type { Candidate, CandidateLink, CandidateReport } from "../../src/scoring/candidate.ts";
import type { PhoneWord } from "../../src/scoring/phone-watch.ts";

export const NOW: number = Date.parse("2026-11-25T12:00:00.000Z");

export const DEVICE: DeviceProfile = {
  battery: 80,
  charging: false,
  network: "wifi",
  metered: false,
  foreground: true,
};
export const OPEN: PhoneWord = {
  isPowered: true,
  hasUplink: true,
  goodMs: 600_000,
  neededMs: 600_000,
  last: { battery: 80, charging: false, rate: 10_000, loss: 0 },
};
/** The best figures that count. */
const BEST_LINK: CandidateLink = { roundTrip: 1_000, jitter: 0, loss: 0, rate: 100_000, queue: 0, breaks: 0 };
const BEST_REPORT: CandidateReport = {
  cameAt: NOW,
  load: { cpu: 0, memory: 0, sockets: 0 },
  battery: 100,
  metered: false,
  device: { ...DEVICE, battery: 100, network: "wired" },
  nat: "none",
  hasGoodEndpoint: true,
  link: BEST_LINK,
};
/** A node that may be used, and loses nothing but the first millisecond. */
export const BEST: Candidate = {
  purpose: "relay",
  records: { hasRole: true, tier: 3, organization: "acme", partition: "north", isMobile: false, phoneTier: 2 },
  offer: { price: 0 },
  optsIn: true,
  report: BEST_REPORT,
  phone: OPEN,
  asker: { organization: "acme", partition: "north", doubts: 0, planned: 0 },
};
export const PHONE: Candidate = { ...BEST, records: { ...BEST.records, isMobile: true } };

const optional = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(values, { nil: undefined });
const percent = fc.integer({ min: 0, max: 100 });
const microseconds = fc.integer({ min: 0, max: 60_000_000 });

const anyLink: fc.Arbitrary<CandidateLink> = fc.record({
  roundTrip: optional(microseconds),
  jitter: optional(microseconds),
  loss: optional(fc.integer({ min: 0, max: 1_000_000 })),
  rate: optional(fc.integer({ min: 0, max: 1_000_000_000 })),
  queue: optional(percent),
  breaks: optional(fc.integer({ min: 0, max: 255 })),
});

const anyDevice: fc.Arbitrary<DeviceProfile> = fc.record({
  battery: optional(percent),
  charging: fc.boolean(),
  network: fc.constantFrom("wired", "wifi", "cellular", "none", "unknown"),
  metered: fc.boolean(),
  foreground: fc.boolean(),
});

const anyReport: fc.Arbitrary<CandidateReport> = fc.record({
  cameAt: optional(fc.integer({ min: NOW - 200_000, max: NOW + 60_000 })),
  load: optional(fc.record({ cpu: optional(percent), memory: optional(percent), sockets: optional(percent) })),
  battery: optional(percent),
  metered: optional(fc.boolean()),
  device: optional(anyDevice),
  nat: optional(fc.constantFrom("none", "mapped", "unknown")),
  hasGoodEndpoint: optional(fc.boolean()),
  link: optional(anyLink),
});

const anyWord: fc.Arbitrary<PhoneWord> = fc.record({
  isPowered: fc.boolean(),
  hasUplink: fc.boolean(),
  goodMs: fc.nat(),
  neededMs: fc.nat(),
  last: fc.constant({}),
});

const name = fc.constantFrom("acme", "north", "other");
export const anyCandidate: fc.Arbitrary<Candidate> = fc.record({
  purpose: fc.constantFrom("relay", "exit", "replica", "endpoint"),
  records: fc.record({
    hasRole: fc.boolean(),
    tier: fc.integer({ min: 0, max: 9 }),
    organization: name,
    partition: name,
    isMobile: fc.boolean(),
    phoneTier: optional(fc.integer({ min: 0, max: 9 })),
  }),
  offer: optional(fc.record({ price: optional(fc.integer({ min: 0, max: 65_535 })) })),
  optsIn: optional(fc.boolean()),
  report: optional(anyReport),
  phone: optional(anyWord),
  tooFullAt: optional(fc.integer({ min: NOW - 100_000, max: NOW + 100_000 })),
  asker: fc.record({
    organization: name,
    partition: name,
    doubts: fc.integer({ min: 0, max: 8 }),
    planned: percent,
  }),
});

/** A candidate that may be used whatever its figures are. */
export const anyOpenCandidate: fc.Arbitrary<Candidate> = anyCandidate.map((candidate) => ({
  ...candidate,
  purpose: candidate.purpose === "replica" ? "relay" : candidate.purpose,
  records: { ...candidate.records, hasRole: true, tier: 9, phoneTier: 2 },
  offer: candidate.offer ?? {},
  optsIn: true,
  report: {
    ...candidate.report,
    cameAt: Math.max(candidate.report?.cameAt ?? NOW, NOW - 180_000),
    metered: false,
    nat: "none",
    device: { ...(candidate.report?.device ?? DEVICE), metered: false, foreground: true, network: "cellular" },
  },
  phone: OPEN,
}));

/** Sets a member, however deep; undefined takes it away. */
export function changed(candidate: Candidate, path: string, value: unknown): Candidate {
  const set = (object: Readonly<Record<string, unknown>>, names: readonly string[]): object => {
    const [first = "", ...rest] = names;
    const below = (object[first] ?? {}) as Readonly<Record<string, unknown>>;
    return { ...object, [first]: rest.length === 0 ? value : set(below, rest) };
  };
  return set(candidate as unknown as Readonly<Record<string, unknown>>, path.split(".")) as Candidate;
}
