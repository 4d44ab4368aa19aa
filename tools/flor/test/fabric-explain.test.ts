import { expect, test } from "vitest";
import { PlayedAgent } from "./played-agent.ts";
import type { Run } from "./run-flor.ts";

const agent = await PlayedAgent.start();
const explain = (...words: readonly string[]): Promise<Run> => agent.run("explain", ...words);

const WHY = [
  { of: "length", value: 2, cost: 1_000 },
  { of: "round-trip", value: 120, cost: 1_200 },
];
const NOTHING = { inUse: [], failure: null, measured: null };
const LEASE = {
  told: "origin",
  id: "3f".repeat(32),
  origin: "a",
  service: "web",
  scope: "cluster",
  host: "d",
  coordinator: "c1",
  epoch: 7,
  expires: "2026-11-25T12:10:00.000Z",
  classes: ["reliable", "bulk"],
  rate: 100_000,
  standing: "live",
  isUsed: true,
  fault: null,
  issue: null,
  routes: [
    {
      link: 16,
      labels: [17, 900],
      via: ["r1", "d"],
      mtu: 1_350,
      cost: 2_200,
      why: WHY,
      state: "in-use",
      inUse: ["reliable"],
      failure: null,
      measured: { roundTripMs: 12.34, loss: 0.001 },
    },
    { link: 17, labels: [17, 900], via: ["r2", "d"], mtu: 1_350, cost: 2_300, why: [], ...NOTHING, state: "stands-by" },
    { link: 18, labels: [17, 900], via: ["r3", "d"], mtu: 1_350, cost: 2_400, why: [], ...NOTHING, state: "unusable" },
    {
      link: 19,
      labels: [17, 900],
      via: ["r4", "d"],
      mtu: 1_350,
      cost: 2_500,
      why: [],
      state: "failed",
      inUse: [],
      failure: "timeout",
      measured: null,
    },
  ],
};

test("an origin's lease has the cost of each route, its parts, and whether it is in use", async () => {
  agent.answer = { node: "a", leases: [LEASE], left: 0 };
  const run = await explain("a/web/d");
  expect(agent.asked).toBe("/leases?of=a%2Fweb%2Fd");
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatchInlineSnapshot(`
    "lease 3f3f3f3f3f3f3f3f of a to web at d, by coordinator c1: live, in use
      until 2026-11-25T12:10:00.000Z; 100000 kbit/s of reliable, bulk
      primary: r1 > d, cost 2200, packets of 1350 bytes: in use (reliable), 12.3 ms
        and 0.1 % lost from end to end
        round-trip 1200 of 2200: 120 tenths of a millisecond
        length 1000 of 2200: 2 links
      alternate 1: r2 > d, cost 2300, packets of 1350 bytes: stands by
      alternate 2: r3 > d, cost 2400, packets of 1350 bytes: NOT USED: its first
        link is not there, or a node on it was taken back
      alternate 3: r4 > d, cost 2500, packets of 1350 bytes: FAILED (timeout)"
  `);
  expect(JSON.parse((await explain("--json")).out)).toEqual(agent.answer);
  expect(agent.asked).toBe("/leases");
});

test("a coordinator's lease has what relays say, and what was left out and why", async () => {
  const relay = { because: null, forMs: null };
  const issue = {
    asked: 200_000,
    renewed: "2026-11-25T12:05:00.000Z",
    waitsFor: ["r9"],
    relays: [
      { relay: "r1", scope: "cluster", epoch: 3, expires: 1_764_072_600_000, outcome: "taken", left: 0 },
      { relay: "r2", scope: "cluster", epoch: 3, expires: 1_764_072_600_000, outcome: "taken", left: 2 },
      { relay: "r3", scope: "cluster", epoch: 3, expires: 1_764_072_600_000, outcome: "waits", left: 0 },
      { relay: "r4", scope: "cluster", epoch: 3, expires: 1_764_072_600_000, outcome: "rate", left: 0 },
    ],
    doubts: { r4: 2 },
    leftOut: {
      relays: [
        { relay: "r5", why: "dearer", cost: 5_000, share: 1_000, load: 0, ...relay },
        { relay: "r11", why: "later", cost: 2_000, share: 1_000, load: 0, ...relay },
        { relay: "r6", why: "avoided", because: "no-offer", forMs: 40_000 },
        { relay: "r7", why: "avoided", because: "silent", forMs: 40_000 },
        { relay: "r8", why: "no-room", share: 1_000, load: 900, ...relay },
        { relay: "r12", why: "phone-power", share: 1_000, load: 0, ...relay },
        { relay: "r10", why: "constructor", ...relay },
      ],
      links: [{ node: "a", peer: "r6", tag: "lte", why: "one-end" }],
      more: 3,
    },
  };
  const routes = LEASE.routes.slice(0, 1).map((route) => ({ ...route, ...NOTHING, state: "leased" }));
  agent.answer = {
    node: "c1",
    leases: [{ ...LEASE, told: "coordinator", share: 3_185, standing: null, isUsed: null, issue, routes }],
    left: 2,
  };
  const run = await explain("web");
  expect(run).toMatchObject({ code: 0, err: "2 more leases are there: name one." });
  expect(run.out).toMatchInlineSnapshot(`
    "lease 3f3f3f3f3f3f3f3f of a to web at d, by coordinator c1: as its coordinator
        tells it
      until 2026-11-25T12:10:00.000Z; 100000 kbit/s of reliable, bulk; share 3185
      primary: r1 > d, cost 2200, packets of 1350 bytes: leased
        round-trip 1200 of 2200: 120 tenths of a millisecond
        length 1000 of 2200: 2 links
      asked for: 200000 kbit/s
      renewed: 2026-11-25T12:05:00.000Z
      WAITS for r9, which has not acknowledged its permits
      relay r1: has acknowledged permits until 2025-11-25T12:10:00.000Z
      relay r2: has acknowledged permits until 2025-11-25T12:10:00.000Z, WITHOUT 2
        PAIRS
      relay r3: has not acknowledged its newest permits yet
      relay r4: REFUSES its newest permits (rate)
      the origin doubts r4 (2): routes over it lost much, and none over it carried
      left out: relay r5: a route over it costs 5000 at least
      left out: relay r11: a route over it costs 2000, less than the primary: it
        could not be had when the lease was made, and is chosen when that is renewed
      left out: relay r6: it refused permits (no-offer); it is in no new lease for
        40 s more
      left out: relay r7: it did not answer when it got permits; it is in no new
        lease for 40 s more
      left out: relay r8: it has no room for this rate (900 of 1000 kbit/s are
        planned)
      left out: relay r12: it is a phone, does not charge, and has too little
        charge: charge it
      left out: relay r10: constructor
      left out: link a to r6 (lte): the peer does not tell it: is it up there, and
        do both ends give it one tag?
      left out: 3 more"
  `);
});

test("a budget that is used up is told with how much of how much, by which record and until when", async () => {
  const none = { id: null, coordinator: null, epoch: null, expires: null, standing: null, isUsed: null, routes: [] };
  const budget = { organization: "acme", record: "ab".repeat(32), until: "2026-12-25T12:00:00.000Z" };
  agent.answer = {
    node: "c1",
    leases: [
      { ...LEASE, ...none, fault: "quota", quota: { ...budget, of: "leases", used: 4, most: 4 } },
      { ...LEASE, fault: "quota", quota: { ...budget, of: "relay-rate", used: 900, most: 1_000 } },
    ],
    left: 0,
  };
  const { out } = await explain();
  const text = out.replaceAll(/\s+/g, " ");
  expect(text).toContain("NO LEASE of a to web at d: the organization of the origin has as much as its budget allows");
  expect(text).toContain("budget of acme: other leases have 4 of 4 (leases, the part of this coordinator)");
  expect(text).toContain("by abababababababab until 2026-12-25T12:00:00.000Z; fewer leases or another budget end that");
  expect(text).toContain("THE NEXT ONE CANNOT BE HAD: the organization");
  expect(text).toContain("other leases have 900 of 1000 kbit/s (relay-rate, the part of this coordinator)");
});

test("where there is none it says so, and fails; so does what is no answer", async () => {
  const none = { id: null, coordinator: null, epoch: null, expires: null, standing: null, isUsed: null, routes: [] };
  agent.answer = {
    node: "a",
    leases: [
      { ...LEASE, ...none, fault: "no-lease" },
      { ...LEASE, ...none, fault: "no-room" },
    ],
    left: 0,
  };
  expect((await explain()).out).toMatchInlineSnapshot(`
    "NO LEASE of a to web at d: it is asked for, and no coordinator has leased it:
        ask a coordinator of the partition why

    NO LEASE of a to web at d: routes lead to the host, and their relays have no
        room"
  `);
  agent.answer = { node: "a\u001b[31m", leases: [], left: 0 };
  const run = await explain("nothing");
  expect(run.code).toBe(1);
  expect(run.out).toBe('node a\\u{1b}[31m has no lease "nothing", as an origin or as a coordinator');
  agent.answer = { leases: "many" };
  expect((await explain()).code).toBe(3);
});
