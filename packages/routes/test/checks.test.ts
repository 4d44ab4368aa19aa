import { PERMIT_SETS_MAX, type PermitsBody } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { HeldLeases } from "../src/held-leases.ts";
import { HeldPermits } from "../src/held-permits.ts";
import { type CheckedLease, checkLease, type OriginGrounds } from "../src/lease-check.ts";
import { type CheckedPermits, checkPermits, type RelayGrounds } from "../src/permits-check.ts";
import { ROUTE_REASONS } from "../src/reasons.ts";
import { type HoldGrounds, type Standing, standingOf } from "../src/standing.ts";
import { type Members, TestCluster } from "./cluster.ts";
import { NOW } from "./world.ts";

const MINUTE = 60_000;
const found = new Set<string>();

function clusterOf(): TestCluster {
  const cluster = new TestCluster();
  for (const name of ["o", "a", "b", "h", "c1", "c2"]) cluster.node(name);
  for (const name of ["c1", "c2"]) cluster.role(name, "route-coordinator");
  cluster.role("a", "relay");
  return cluster;
}

const route = { link: 16, labels: [17, 900], via: ["a", "h"], mtu: 1_400, cost: 10, why: [] };
const other = { ...route, link: 18, via: ["b", "h"] };
const body = { classes: ["reliable"], rate: 100, routes: [route, other] };
const links = new Map([
  [16, "a"],
  [18, "b"],
]);

function check(cluster: TestCluster, octets: Uint8Array, changes: Partial<OriginGrounds> = {}) {
  const checked = checkLease(octets, { ...cluster.grounds(), node: "o", links, ...changes });
  if (!checked.isAccepted) found.add(checked.reason);
  return checked;
}

describe("a lease at its origin", () => {
  const told = (octets: (cluster: TestCluster) => Uint8Array, changes: Partial<OriginGrounds> = {}): string => {
    const cluster = clusterOf();
    const checked = check(cluster, octets(cluster), changes);
    return checked.isAccepted
      ? [...checked.dropped].map((each) => each.join(" ")).join(", ") || "taken"
      : checked.reason;
  };
  const leased =
    (routes: readonly object[], members: Partial<Members> = {}) =>
    (cluster: TestCluster) =>
      cluster.lease("o/web/h/c1", { ...body, routes }, members);

  test("is taken", () => expect(told(leased([route, other]))).toBe("taken"));

  test.each([
    ["signed by another node", "unknown-key", (cluster: TestCluster) => cluster.lease("o/web/h/c1", body, {}, "c2")],
    ["of a node without the role", "issuer", (cluster: TestCluster) => cluster.lease("o/web/h/a", body)],
    ["that has ended", "expired", leased([route], { issued: NOW - 9 * MINUTE, expires: NOW })],
    ["of the future", "future", leased([route], { issued: NOW + 6 * MINUTE, expires: NOW + 7 * MINUTE })],
    ["for a year", "lifetime", leased([route], { expires: NOW + 300 * 86_400_000 })],
    ["for another node", "not-mine", (cluster: TestCluster) => cluster.lease("h/web/h/c1", body)],
    ["of an organization that the node is not of", "organization", leased([route], { scope: "org/other" })],
    [
      "with a route of nine links",
      "too-long",
      leased([{ ...route, labels: Array(9).fill(17), via: ["a", "b", "c", "d", "e", "f", "g", "i", "h"] }]),
    ],
    ["with a route to another host", "host", leased([route, { ...route, via: ["a", "b"] }])],
    [
      "with a route that comes to a node twice",
      "loop",
      leased([{ ...route, labels: [17, 17, 900], via: ["a", "a", "h"] }]),
    ],
    ["with a route that comes back", "loop", leased([{ ...route, labels: [17, 17, 900], via: ["a", "o", "h"] }])],
    ["that begins with a link that is not there", "first-link", leased([{ ...route, link: 19 }])],
    ["that begins with a link to another node", "first-link", leased([{ ...route, link: 18 }])],
    ["that is no lease", "kind", (cluster: TestCluster) => cluster.permits("a/c1", [])],
  ] as const)("is refused %s: %s", (_, reason, octets) => expect(told(octets)).toBe(reason));

  test("is refused of a coordinator of another partition", () => {
    const cluster = clusterOf();
    cluster.node("south", { partition: "south" });
    cluster.role("south", "route-coordinator", "south");
    expect(check(cluster, cluster.lease("o/web/h/south", body))).toMatchObject({ reason: "partition" });
    // A coordinator that has both leases in both.
    cluster.role("south", "route-coordinator", "north");
    expect(check(cluster, cluster.lease("o/web/h/south", body))).toMatchObject({ isAccepted: true });
  });

  test("is refused of a coordinator whose node or role is void", () => {
    for (const [kind, subject] of [
      ["node", "c1"],
      ["role", "c1/route-coordinator/north"],
    ] as const) {
      const cluster = clusterOf();
      const lease = cluster.lease("o/web/h/c1", body);
      cluster.void(kind, subject);
      expect(check(cluster, lease)).toMatchObject({ reason: "issuer" });
    }
  });

  test("loses the routes that cannot be used, and is refused when none is left", () => {
    expect(told(leased([{ ...route, link: 99 }, other]))).toBe("0 first-link");
    const cluster = clusterOf();
    const octets = cluster.lease("o/web/h/c1", body);
    cluster.void("node", "a");
    expect(check(cluster, octets)).toMatchObject({ dropped: new Map([[0, "void-node"]]) });
    cluster.void("node", "h");
    expect(check(cluster, octets)).toMatchObject({ reason: "void-node" });
  });
});

describe("permits at a relay", () => {
  const set = (pairs: PermitsBody["sets"][number]["pairs"], classes = ["reliable"]): object => ({ classes, pairs });
  const offer = { classes: ["reliable", "dns"], rate: 1_000 } as const;
  const own = (rate: number) => [16, 17, rate] as const;
  const checked = (octets: (cluster: TestCluster) => Uint8Array, changes: Partial<RelayGrounds> = {}) => {
    const cluster = clusterOf();
    const own = { node: "a", links: new Set([16, 17, 18]), offer, otherRate: 0 };
    const result = checkPermits(octets(cluster), { ...cluster.grounds(), ...own, ...changes });
    if (!result.isAccepted) found.add(result.reason);
    return result;
  };
  const permitted =
    (pairs: PermitsBody["sets"][number]["pairs"], classes?: string[], members?: Partial<Members>) =>
    (cluster: TestCluster) =>
      cluster.permits("a/c1", [set(pairs, classes)], members);

  test("are taken, but for pairs of links that it does not have", () => {
    expect(
      checked(
        permitted([
          [16, 17, 400],
          [16, 99, 600],
        ]),
      ),
    ).toMatchObject({
      pairs: [{ pair: [16, 17, 400], classes: ["reliable"] }],
      left: [[16, 99]],
    });
  });

  test("of several shares add up, and pairs that are left out are told once", () => {
    const away = [16, 99, 1] as const;
    const shared = (rate: number) => (cluster: TestCluster) =>
      cluster.permits("a/c1", [
        { ...set([own(500), away]), share: 7 },
        { ...set([own(rate), away]), share: 8 },
        set([[17, 18, 100]]),
      ]);
    expect(checked(shared(398))).toMatchObject({
      pairs: [
        { pair: [16, 17, 500], share: 7 },
        { pair: [16, 17, 398], share: 8 },
        { pair: [17, 18, 100], share: undefined },
      ],
      left: [[16, 99]],
    });
    expect(checked(shared(399))).toMatchObject({ reason: "rate" });
  });

  test("of more shares than a record may have are no permits", () => {
    const shared = (count: number) => (cluster: TestCluster) =>
      cluster.permits(
        "a/c1",
        Array.from({ length: count }, (_, at) => ({ ...set([own(1)]), share: at + 1 })),
      );
    expect(checked(shared(PERMIT_SETS_MAX))).toMatchObject({ isAccepted: true });
    expect(checked(shared(PERMIT_SETS_MAX + 1))).toMatchObject({ reason: "body" });
  });

  test.each([
    [
      "the sum of rates is above the offer",
      "rate",
      permitted([
        [16, 17, 500],
        [17, 18, 501],
      ]),
      {},
    ],
    ["others have permitted the rest", "rate", permitted([[16, 17, 500]]), { otherRate: 501 }],
    ["a class is not offered", "class", permitted([[16, 17, 1]], ["reliable", "bulk"]), {}],
    ["the owner carries nothing", "no-offer", permitted([[16, 17, 1]]), { offer: undefined }],
    ["it is no relay there", "no-role", permitted([[16, 17, 1]], undefined, { scope: "org/acme" }), {}],
    ["they are for another node", "not-mine", permitted([[16, 17, 1]]), { node: "b" }],
    ["it is of another partition", "partition", permitted([[16, 17, 1]]), { node: "a", held: southern() }],
    ["they are a lease", "kind", (cluster: TestCluster) => cluster.lease("o/web/h/c1", body), {}],
  ] as const)("are refused where %s: %s", (_, reason, octets, changes) => {
    expect(checked(octets, changes)).toEqual({ isAccepted: false, reason });
  });

  test("of no pairs are taken whatever is offered, as they only take back", () => {
    expect(checked(permitted([]), { offer: undefined })).toMatchObject({ isAccepted: true, pairs: [], left: [] });
    const takenBack = (cluster: TestCluster): Uint8Array => cluster.permits("a/c1", [], { void: true, body: {} });
    expect(checked(takenBack)).toMatchObject({ isAccepted: true, pairs: [] });
  });

  test("of several coordinators stand beside each other, each the whole of what its own says", () => {
    const held = new HeldPermits();
    const take = (subject: string, rate: number, members: Partial<Members> = {}): string =>
      held.take(checked((cluster) => cluster.permits(subject, [set([[16, 17, rate]])], members)) as CheckedPermits);
    expect([take("a/c1", 100), take("a/c2", 200), take("a/c1", 300, { epoch: 2 }), take("a/c1", 400)]).toEqual([
      "taken",
      "taken",
      "taken",
      "superseded",
    ]);
    expect([held.rateBeside("permits cluster a/c1"), held.rateBeside("permits cluster a/c2")]).toEqual([200, 300]);
    const rates = (standing: Standing, now = NOW): number[] =>
      held.good(() => standing, now).flatMap(({ pairs }) => pairs.map(({ pair }) => pair[2]));
    expect(rates("held")).toEqual([300, 200]);
    const back = (cluster: TestCluster): Uint8Array => cluster.permits("a/c1", [], { epoch: 3, void: true, body: {} });
    expect(held.take(checked(back) as CheckedPermits)).toBe("taken");
    expect([take("a/c1", 1, { epoch: 3, issued: NOW + 1 }), rates("live")]).toEqual(["superseded", [200]]);
    expect(rates("ended")).toEqual([]);
    expect(held.good(() => "ended", NOW + 20 * MINUTE)).toEqual([]);
    expect(take("a/c1", 5)).toBe("taken");
  });

  /** A directory in which the relay is of another partition than the coordinator. */
  function southern(): TestCluster {
    const cluster = new TestCluster();
    cluster.node("a", { partition: "south" });
    cluster.node("c1");
    cluster.role("c1", "route-coordinator");
    return cluster;
  }
});

test("each reason of a check has a case, and each has a sentence that says who has to do what", () => {
  for (const [reason, sentence] of Object.entries(ROUTE_REASONS)) {
    if (!["superseded", "full"].includes(reason)) expect(found).toContain(reason);
    expect(sentence).toMatch(/^[A-Z].*: .*(has|have) .*\.$/);
  }
});

describe("leases of several coordinators", () => {
  const cluster = clusterOf();
  for (let at = 3; at <= 9; at++) {
    cluster.node(`c${at}`);
    cluster.role(`c${at}`, "route-coordinator");
  }
  const lease = (coordinator: string, members: Partial<Members> = {}): CheckedLease =>
    check(cluster, cluster.lease(`o/web/h/${coordinator}`, members.void ? {} : body, members)) as CheckedLease;
  const choice = {
    standingOf: (): Standing => "live",
    running: undefined,
    takenBack: new Set<string>(),
    failing: new Set<string>(),
    lossy: new Set<string>(),
    isBack: false,
  };
  const order = (held: HeldLeases, changes: Partial<Parameters<HeldLeases["ranked"]>[0]> = {}): string =>
    held
      .ranked({ ...choice, ...changes })
      .map(({ coordinator, fact }) => `${coordinator}.${fact.epoch}`)
      .join(" ");
  const holding = (...leases: CheckedLease[]): HeldLeases => {
    const held = new HeldLeases();
    for (const each of leases) held.take(each);
    return held;
  };

  test("are held one of each, the newest", () => {
    const held = holding(lease("c1"), lease("c1", { epoch: 3 }), lease("c2"));
    expect([held.take(lease("c1", { epoch: 2 })), order(held)]).toEqual(["superseded", "c1.3 c2.1"]);
  });

  test("at odds move nobody: what runs and works goes on, whichever is newer", () => {
    const held = holding(lease("c1"), lease("c2", { epoch: 9, expires: NOW + 5 * MINUTE }));
    expect(order(held, { running: "c2" })).toBe("c2.9 c1.1");
    expect(order(held, { running: "c1" })).toBe("c1.1 c2.9");
    expect(order(held)).toBe("c1.1 c2.9");
  });

  test("are left when nothing comes through them, or when they are only held", () => {
    const held = holding(lease("c1"), lease("c2"));
    expect(order(held, { running: "c1", failing: new Set(["c1"]) })).toBe("c2.1 c1.1");
    const standing = ({ coordinator }: CheckedLease): Standing => (coordinator === "c1" ? "held" : "live");
    expect(order(held, { running: "c1", standingOf: standing })).toBe("c2.1 c1.1");
    expect(order(held, { running: "c1", standingOf: standing, failing: new Set(["c2"]) })).toBe("c1.1 c2.1");
  });

  test("are left when they lose much, but not for those through which nothing comes, or that lose much, too", () => {
    const held = holding(lease("c1"), lease("c2"));
    const lossy = new Set(["c1"]);
    expect(order(held, { running: "c1", lossy })).toBe("c2.1 c1.1");
    expect(order(held, { running: "c1", lossy, failing: new Set(["c2"]) })).toBe("c1.1 c2.1");
    expect(order(held, { running: "c1", lossy: new Set(["c1", "c2"]) })).toBe("c1.1 c2.1");
  });

  test("stand behind all others where relays may permit them no more", () => {
    const held = holding(lease("c1"), lease("c2"));
    const choice = { running: "c1", takenBack: new Set(["c1"]) };
    expect(order(held, choice)).toBe("c2.1 c1.1");
    expect(order(held, { ...choice, failing: new Set(["c2"]) })).toBe("c2.1 c1.1");
  });

  test("are not left when they run, are held, and their coordinator is heard again, as it renews them", () => {
    const held = holding(lease("c1"), lease("c2"), lease("c3", { expires: NOW + 5 * MINUTE }));
    const standingOf = ({ coordinator }: CheckedLease): Standing => (coordinator === "c1" ? "live" : "held");
    const choice = { running: "c3", standingOf, isBack: true };
    expect(order(held, choice)).toBe("c3.1 c1.1 c2.1");
    expect(order(held, { ...choice, isBack: false })).toBe("c1.1 c3.1 c2.1");
    expect(order(held, { ...choice, running: undefined })).toBe("c1.1 c2.1 c3.1");
    expect(order(held, { ...choice, failing: new Set(["c3"]) })).toBe("c1.1 c2.1 c3.1");
    expect(order(held, { ...choice, standingOf: () => "void" })).toBe("");
  });

  test("are not used when they are void, or good no more", () => {
    const held = holding(lease("c1"), lease("c2"), lease("c2", { epoch: 4, void: true }));
    expect(order(held, { running: "c2" })).toBe("c1.1");
    expect(held.take(lease("c2", { epoch: 4, issued: NOW + 1, expires: NOW + MINUTE }))).toBe("superseded");
    held.expire({ standingOf: () => "void" }, NOW);
    expect([held.size, order(held)]).toEqual([1, ""]);
    held.expire({ standingOf: () => "void" }, NOW + 10 * MINUTE);
    expect(held.size).toBe(0);
  });

  test("are those of eight at most", () => {
    const held = holding(...Array.from({ length: 8 }, (_, at) => lease(`c${at + 1}`)));
    expect([held.take(lease("c9")), held.take(lease("c8", { epoch: 2 })), held.size]).toEqual(["full", "taken", 8]);
  });
});

describe("the hold", () => {
  const grounds: HoldGrounds = {
    now: NOW,
    heard: NOW - 20 * MINUTE,
    checkpoint: NOW - MINUTE,
    policySeconds: 3_600,
    isVoid: false,
  };
  const ended = NOW - MINUTE;

  test.each([
    ["live", NOW + 1, {}],
    ["held", ended, {}],
    ["held", ended, { heard: undefined }],
    ["held", ended, { checkpoint: undefined }],
    ["held", NOW - 3_599_999, {}],
    ["ended", NOW - 3_600_000, {}],
    ["ended", ended, { policySeconds: 0 }],
    ["ended", ended, { policySeconds: 60 }],
    ["held", ended, { policySeconds: 61 }],
    ["held", ended, { policySeconds: undefined }],
    ["answers", ended, { heard: NOW - 89_999 }],
    ["held", ended, { heard: NOW - 90_000 }],
    ["unwatched", ended, { checkpoint: NOW - 3_600_000 }],
    ["void", ended, { isVoid: true }],
    ["void", NOW + 1, { isVoid: true }],
  ] as const)("is %s for a record that ends at %d with %j", (standing, expires, changes) => {
    expect(standingOf(expires, { ...grounds, ...changes })).toBe(standing);
  });

  test("goes on for a day without anybody, also where the newest checkpoint was made an hour before that", () => {
    const [gone, day] = [NOW, 24 * 60 * MINUTE];
    const away = { now: gone + day, heard: gone, checkpoint: gone - 60 * MINUTE };
    // The lease was renewed just before, or is just about to be.
    for (const expires of [gone + 5 * MINUTE, gone + 10 * MINUTE]) {
      expect(standingOf(expires, { ...grounds, ...away, policySeconds: 97_200 })).toBe("held");
      expect(standingOf(expires, { ...grounds, ...away, policySeconds: 86_400 })).toBe("unwatched");
    }
  });
});
