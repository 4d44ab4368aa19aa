import { TrafficClass } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import type { LeadConfig, SessionConfig, TunnelConfig } from "../../src/config/cluster-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { type LeadNews, LeadWatch } from "../../src/overlay/lead-watch.ts";
import type { TrunkUse } from "../../src/transport/trunks.ts";
import type { Trunk } from "../../src/transport/tunnels/trunk.ts";

/** A trunk that the test has come up, or refused. */
class FakeTrunk {
  readonly use: TrunkUse;
  isStarted = false;
  isUp = false;
  absence = { isRefused: false, isWrongIdentity: false, text: "nothing was ever heard" };

  constructor(use: TrunkUse) {
    this.use = use;
  }

  start(): void {
    this.isStarted = true;
  }
}

class FakeTransport {
  readonly joined: FakeTrunk[] = [];
  readonly left: FakeTrunk[] = [];
  readonly now = (): number => 0;

  join(use: TrunkUse): Trunk {
    const trunk = new FakeTrunk(use);
    this.joined.push(trunk);
    return trunk as unknown as Trunk;
  }

  /** Trunks to standbys, by the numbers of their paths. */
  readonly standbys = new Map<number, FakeTrunk[]>();

  readonly trunks = { standbysOver: (path: number) => (this.standbys.get(path) ?? []) as unknown as Trunk[] };

  leave(trunk: Trunk, use: TrunkUse): void {
    const left = trunk as unknown as FakeTrunk;
    expect(left.use).toBe(use);
    expect(this.left).not.toContain(left);
    this.left.push(left);
  }

  connectionOf(trunk: Trunk): never {
    return ((trunk as unknown as FakeTrunk).isUp ? { peerHello: {} } : undefined) as never;
  }
}

const tunnel = (as: string, more: Partial<TunnelConfig> = {}): TunnelConfig => {
  const base = { as, service: "web", path: 0, auto: "web", trafficClass: TrafficClass.reliable };
  return { ...base, ...more } as TunnelConfig;
};
const socket = (as: string): SessionConfig => {
  return {
    as,
    services: [{ name: "w", service: "web", path: 0, auto: "web", keepMs: 1 }],
  } as unknown as SessionConfig;
};

function open(tunnels: readonly TunnelConfig[], sessions: readonly SessionConfig[] = []) {
  const transport = new FakeTransport();
  const news: LeadNews[] = [];
  const watch = new LeadWatch(transport, (each) => news.push(each));
  const lead = (more: Partial<LeadConfig> | undefined): void => {
    const leads =
      more === undefined ? [] : [{ service: "web", proves: "web", path: undefined, next: undefined, ...more }];
    watch.reconfigure({ tunnels: SlotMap.of(tunnels), sessions: SlotMap.of(sessions), leads });
  };
  const turn = (trunk: FakeTrunk): void => watch.handleTrunk(trunk as unknown as Trunk);
  return { transport, news, watch, lead, turn };
}

test("what becomes of a standby is told once it is needed, with the worst that is known where none is proven", () => {
  const { transport, watch, news, lead, turn } = open([tunnel("alice")]);
  lead({ path: 3, standby: 7 });
  expect(watch.standbyOf("web")).toEqual({ state: "none", text: "" });
  const [first, second] = [7, 7].map((path) => new FakeTrunk({ path } as TrunkUse)) as [FakeTrunk, FakeTrunk];
  transport.standbys.set(7, [first, second]);
  watch.handleStandbys();
  watch.handleStandbys();
  second.absence = { isRefused: true, isWrongIdentity: false, text: "not on the allow list" };
  turn(second);
  first.isUp = true;
  turn(first);
  lead({ path: 3, standby: 8 });
  lead({ path: 3, standby: 7 });
  transport.standbys.clear();
  watch.handleStandbys();
  const of = (state: string, text = "") => ({ service: "web", way: "standby", state, text });
  const told = [of("unproven", "nothing was ever heard"), of("declined", "not on the allow list"), of("proven")];
  expect(news).toEqual([...told, of("proven"), of("none")]);
});

describe("the next path of a lead", () => {
  test("is connected once for each principal, class and way with datagrams, and kept while it is the next one", () => {
    const users = [
      tunnel("alice"),
      tunnel("alice"),
      tunnel("alice", { trafficClass: TrafficClass.bulk }),
      tunnel("alice", { isUncut: true }),
      tunnel("bob"),
      tunnel("carol", { auto: undefined }),
      tunnel("carol", { auto: "mail" }),
    ];
    const { transport, lead } = open(users, [socket("alice"), socket("dora")]);
    lead({ next: 7 });
    const joined = transport.joined.map(({ use }) => [use.as, use.trafficClass, use.path]);
    const { reliable, bulk } = TrafficClass;
    expect(joined).toEqual([
      ["alice", reliable, 7],
      ["alice", bulk, 7],
      ["alice", reliable, 7],
      ["bob", reliable, 7],
      ["dora", reliable, 7],
    ]);
    expect(transport.joined.every(({ isStarted }) => isStarted)).toBe(true);
    lead({ path: 3, next: 7 });
    expect(transport.joined).toHaveLength(5);
    expect(transport.left).toEqual([]);
  });

  test("is that of the service that an alias stands for", () => {
    const { transport, lead } = open([tunnel("alice"), tunnel("bob", { auto: "www", service: "www" })]);
    lead({ service: "www", proves: "web", next: 7 });
    expect(transport.joined.map(({ use }) => [use.as, use.service])).toEqual([["bob", "web"]]);
  });

  test("is proven once one of them is up, and told once", () => {
    const { transport, watch, news, lead, turn } = open([tunnel("alice"), tunnel("bob")]);
    lead({ next: 7 });
    const [alice, bob] = transport.joined as [FakeTrunk, FakeTrunk];
    expect(watch.stateOf("web")).toEqual({ state: "unproven", text: "nothing was ever heard" });
    bob.absence = { isRefused: true, isWrongIdentity: false, text: "not on the allow list" };
    turn(bob);
    alice.absence = { isRefused: true, isWrongIdentity: true, text: "another key" };
    turn(alice);
    alice.isUp = true;
    turn(alice);
    turn(alice);
    expect(news).toEqual([
      { service: "web", way: "next", state: "declined", text: "not on the allow list" },
      { service: "web", way: "next", state: "refused", text: "another key" },
      { service: "web", way: "next", state: "proven", text: "" },
    ]);
  });

  test("leaves its connections when it is no next one any more: tunnels that have taken them have joined before", () => {
    const { transport, watch, lead } = open([tunnel("alice")]);
    lead({ next: 7 });
    lead({ path: 7 });
    expect(transport.left).toEqual(transport.joined);
    expect(watch.stateOf("web").state).toBe("none");
    lead(undefined);
    expect(transport.left).toHaveLength(1);
  });

  test("is another one: the former connections are left, and what was known of it is forgotten", () => {
    const { transport, watch, news, lead, turn } = open([tunnel("alice")]);
    lead({ next: 7 });
    transport.joined[0]!.isUp = true;
    turn(transport.joined[0]!);
    lead({ next: 8 });
    expect(transport.left).toEqual([transport.joined[0]]);
    expect(watch.stateOf("web").state).toBe("unproven");
    turn(transport.joined[0]!);
    expect(news.map(({ state }) => state)).toEqual(["proven"]);
  });
});
