import type { AnnounceBody, ReportBody } from "@florenetes/facts";
import { expect, test } from "vitest";
import { weightsOf } from "../../src/costs.ts";
import type { Directory } from "../../src/directory.ts";
import { Reports } from "../../src/reports.ts";
import type { Candidate, Purpose } from "../../src/scoring/candidate.ts";
import { shutGates } from "../../src/scoring/gates.ts";
import { knownCandidate } from "../../src/scoring/known-candidate.ts";
import { GOOD, NOW, OFFER, reportOf } from "../world.ts";

const ASKER = { organization: "acme", partition: "north", doubts: 0, planned: 0 };
const SERVES: AnnounceBody = {
  endpoints: [],
  "spki-hashes": [],
  services: [{ service: "web", label: 900, load: 0 }],
  capabilities: [],
};
const ENDPOINT = {
  id: "a",
  carrier: "quic",
  endpoint: "udp://192.0.2.1:7000",
  reach: "public",
  priority: 0,
  weight: 0,
} as unknown as AnnounceBody["endpoints"][number];

interface Known {
  readonly roles?: readonly string[];
  readonly report?: Partial<ReportBody>;
  readonly announced?: AnnounceBody;
}

/** The node n as a candidate, by its roles (`role`, or `role scope`), its report and its announcement. */
function known(purpose: Purpose, { roles = [], report, announced }: Known): Candidate | undefined {
  const directory: Directory = {
    node: (name) => (name === "n" ? { organization: "acme", partition: "north", tier: 2 } : undefined),
    hasRole: (name, role, partition, scope) =>
      name === "n" && partition === "north" && roles.includes(scope === "cluster" ? role : `${role} ${scope}`),
    isVoid: () => false,
  };
  const reports = new Reports();
  if (report !== undefined) reports.take(reportOf("n", report, NOW - 90_000), NOW - 5_000);
  reports.take(reportOf("m", { links: [{ label: 16, peer: "n", figures: GOOD }] }), NOW);
  return knownCandidate("n", purpose, {
    directory,
    reports,
    profiles: new Reports(),
    announced,
    phones: { tier: undefined, wordOf: () => undefined },
    weights: weightsOf(undefined),
    asker: ASKER,
    tooFullAt: undefined,
    now: NOW,
  });
}

const gatesOf = (purpose: Purpose, node: Known): string[] =>
  shutGates(known(purpose, { report: {}, ...node })!, NOW).map(({ gate }) => gate);

test.each<readonly [Purpose, Known, readonly string[]]>([
  ["relay", { roles: ["relay"], report: { offer: OFFER } }, []],
  ["relay", { roles: ["relay org/acme"], report: { offer: OFFER } }, []],
  ["relay", { roles: ["relay org/other"], report: { offer: OFFER } }, ["role"]],
  ["relay", { roles: ["exit"], report: { offer: OFFER } }, ["role"]],
  ["relay", { roles: ["relay"], announced: SERVES }, ["offer", "opt-in"]],
  ["exit", { roles: ["exit"], announced: SERVES }, []],
  ["exit", { roles: ["exit"], announced: { ...SERVES, services: [] } }, ["offer", "opt-in"]],
  ["exit", { roles: ["relay"], report: { offer: OFFER } }, ["role", "offer", "opt-in"]],
  ["replica", { roles: ["storage"], announced: SERVES }, []],
  ["replica", { roles: ["exit"], announced: SERVES }, ["role"]],
  ["endpoint", { roles: ["entry"], announced: { ...SERVES, endpoints: [ENDPOINT] } }, []],
  ["endpoint", { roles: ["relay"], announced: { ...SERVES, endpoints: [ENDPOINT] } }, []],
  ["endpoint", { roles: ["entry"], announced: SERVES }, ["offer", "opt-in"]],
  [
    "exit",
    { roles: ["exit", "mobile-edge org/acme"], announced: SERVES },
    ["phone-policy", "phone-power", "phone-network", "phone-metered", "phone-foreground", "phone-uplink"],
  ],
])("as %s by %j it lacks %j", (purpose, node, gates) => expect(gatesOf(purpose, node)).toEqual(gates));

test("a node has the figures of its report, of the best link that both ends tell, and the time at which that came", () => {
  const slow = [5_000, 0, 0, 100_000, 0, 1_400, 0] as const;
  const links = [
    { label: 17, peer: "m", figures: slow },
    { label: 18, peer: "m", tag: "x", figures: GOOD },
    { label: 19, peer: "stranger", figures: GOOD },
  ];
  const report = { links, battery: 40, metered: true, endpoints: [{ id: "a", health: "good" }] } as const;
  const found = known("relay", { report })!;
  expect(found.report).toMatchObject({
    cameAt: NOW - 5_000,
    battery: 40,
    metered: true,
    nat: "none",
    hasGoodEndpoint: true,
    device: undefined,
    link: { roundTrip: 5_000, jitter: 0, loss: 0, rate: 100_000, queue: 0, breaks: 0 },
  });
  expect(known("relay", { report: {} })!.report).toMatchObject({ link: undefined, hasGoodEndpoint: false });
  expect(known("relay", {})!.report).toBeUndefined();
});

test("an exit whose service takes nothing more is too full now, and others are not for that", () => {
  const announced: AnnounceBody = { ...SERVES, services: [{ service: "web", label: 900, load: 100 }] };
  const fullAt = (["relay", "exit", "replica", "endpoint"] as const).map(
    (each) => known(each, { announced })!.tooFullAt,
  );
  expect(fullAt).toEqual([undefined, NOW, undefined, undefined]);
});

test("a node without a record in force is no candidate", () => {
  const directory: Directory = { node: () => undefined, hasRole: () => true, isVoid: () => false };
  const grounds = {
    directory,
    reports: new Reports(),
    profiles: new Reports(),
    announced: SERVES,
    phones: { tier: 0, wordOf: () => undefined },
  };
  const more = { weights: weightsOf(undefined), asker: ASKER, tooFullAt: undefined, now: NOW };
  expect(knownCandidate("n", "exit", { ...grounds, ...more })).toBeUndefined();
});
