import { createRateLimitedLog } from "@florenetes/process-kit";
import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { SessionTrunks } from "../../src/sessions/session-trunks.ts";
import { openAccounts } from "../../src/transport/datagrams/end-accounts.ts";
import type { TrunkUse } from "../../src/transport/trunks.ts";
import type { TrunkClients } from "../../src/transport/tunnels/trunk-clients.ts";
import type { Trunk } from "../../src/transport/tunnels/trunk.ts";

const config = { name: "web", service: "web", path: 0, keepMs: 1_000 };
/** Clients at which workloads wait, by names. */
function waitingAt(...waiting: string[]) {
  return {
    waiting,
    takeOwn: () => waiting.splice(0),
    addOwn: (others: string[]) => void waiting.push(...others),
  } as unknown as TrunkClients & { readonly waiting: readonly string[] };
}
const clients = (name: string): TrunkClients => ({ name }) as unknown as TrunkClients;
const { reliable } = TrafficClass;

interface Fake {
  readonly clients: ReturnType<typeof waitingAt>;
  standby: Fake | undefined;
}

const fake = (...waiting: string[]): Fake => ({ clients: waitingAt(...waiting), standby: undefined });
const asTrunk = (trunk: Fake): Trunk => trunk as unknown as Trunk;

/** Makes the trunks of a service over the path of that number. */
function trunksOver(...paths: readonly Fake[]): (path: number) => SessionTrunks {
  const source = { join: ({ path }: TrunkUse) => asTrunk(paths[path]!), leave: () => {} };
  const log = createRateLimitedLog({ info: () => {}, warn: () => {} } as never, { now: () => 0 });
  const accounts = openAccounts(log, { service: "web" }, true, "originator");
  return (path) => new SessionTrunks({ ...config, path }, "user/alice", accounts, () => source);
}

test("streams that wait at the standby come back with the new ones, and go there with them", () => {
  const [own, standby] = [fake(), fake("early")];
  const trunks = trunksOver(own)(0);
  trunks.of(reliable);
  const turn = (to: Fake | undefined): void => {
    const former = own.standby ?? own;
    own.standby = to;
    trunks.handleTurned(asTrunk(own), asTrunk(former));
  };
  own.standby = standby;
  turn(undefined);
  expect([own.clients.waiting, standby.clients.waiting]).toEqual([["early"], []]);
  turn(standby);
  expect([own.clients.waiting, standby.clients.waiting]).toEqual([[], ["early"]]);
  trunks.handleTurned(asTrunk(fake()), asTrunk(standby));
  expect(standby.clients.waiting, "another trunk was turned").toEqual(["early"]);
});

test("streams that wait at the standby follow the service to another host, and stay where the standby is that", () => {
  const follow = (path: number): (readonly string[])[] => {
    const [own, standby, other] = [fake("a"), fake("b"), fake()];
    own.standby = standby;
    const of = trunksOver(own, standby, other);
    const first = of(0);
    first.of(reliable);
    of(path).follow(first);
    return [own, standby, other].map(({ clients: { waiting } }) => waiting);
  };
  expect(follow(2)).toEqual([[], [], ["a", "b"]]);
  expect(follow(1)).toEqual([[], ["b", "a"], []]);
});

test("one more stream goes to the standby while there is one, which is counted, also over another config", () => {
  const trunk = { clients: clients("own"), standby: undefined as { clients: TrunkClients } | undefined };
  const source = { join: () => trunk as unknown as Trunk, leave: () => {} };
  const log = createRateLimitedLog({ info: () => {}, warn: () => {} } as never, { now: () => 0 });
  const trunks = (): SessionTrunks => {
    return new SessionTrunks(
      config,
      "user/alice",
      openAccounts(log, { service: "web" }, true, "originator"),
      () => source,
    );
  };
  const first = trunks();
  expect(first.clientsFor(reliable)).toBe(trunk.clients);
  trunk.standby = { clients: clients("standby") };
  expect(first.clientsFor(reliable)).toBe(trunk.standby.clients);
  expect(first.clientsFor(reliable)).toBe(trunk.standby.clients);
  const second = trunks();
  second.follow(first);
  expect(second.clientsFor(reliable)).toBe(trunk.standby.clients);
  trunk.standby = undefined;
  expect(second.clientsFor(reliable)).toBe(trunk.clients);
  expect([first.standbyStreams, second.standbyStreams]).toEqual([2, 3]);
});

test("what is said of streams that were never opened is of the trunk that they waited at: the standby, while there is one", () => {
  const at = (path: string) => ({
    options: { path },
    absence: { text: `nobody at ${path}`, handleTurnedAway: () => `turned away at ${path}` },
    rooms: { connectionsBeside: 1, streamsUsedUp: 2 },
  });
  const own = { ...at("d"), standby: undefined as unknown };
  const trunks = trunksOver(own as unknown as Fake)(0);
  trunks.of(reliable);
  const { streams } = trunks.accounts;
  const said = () => [streams.route()!.path, streams.whyUnanswered(), trunks.unreached];
  expect(said()).toEqual(["d", "turned away at d", "nobody at d"]);
  own.standby = at("e");
  expect(said()).toEqual(["e", "turned away at e", "nobody at e"]);
  expect([trunks.connectionsBeside, trunks.streamsUsedUp]).toEqual([1, 2]);
});
