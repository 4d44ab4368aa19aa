import { expect, test } from "vitest";
import { EventHub } from "../../src/api/event-hub.ts";
import { COLLECTIONS, Sight } from "../../src/fabric/sight.ts";
import { type Fabric, FABRIC, serviceRecord, viewOf } from "../a-fabric.ts";

/** A replica with one follower, who keeps what it was sent. */
class Replica {
  fabric: Fabric = FABRIC;
  isBehind = false;
  readonly sent: string[] = [];
  readonly mistakes: unknown[] = [];
  readonly hub = new EventHub("demo", (error) => void this.mistakes.push(error));

  follow(lastId?: string, sight: () => Sight = () => new Sight(viewOf(this.fabric), "all")): () => void {
    return this.hub.open(
      {
        sight,
        isBehind: () => this.isBehind,
        send: (text) => void this.sent.push(text),
      },
      lastId,
      0,
    );
  }

  change(fabric: Fabric): void {
    this.fabric = fabric;
    this.hub.handleView(0);
  }

  get events(): readonly (readonly [string, readonly string[]])[] {
    return this.sent.map((text) => {
      const [, name = "", data = ""] = /^id: .+\nevent: (.+)\ndata: (.+)\n\n$/.exec(text)!;
      return [name, (JSON.parse(data) as { collections: string[] }).collections] as const;
    });
  }

  get lastId(): string {
    return /^id: (.+)\n/.exec(this.sent.at(-1)!)![1]!;
  }
}

const { service = [] } = FABRIC.records;
const MORE: Fabric = { ...FABRIC, records: { ...FABRIC.records, service: [...service, serviceRecord("new", ["a"])] } };

test("a follower is told to begin, and then what changes, once", () => {
  const replica = new Replica();
  const leave = replica.follow();
  replica.change(FABRIC);
  replica.change(MORE);
  replica.change(MORE);
  leave();
  replica.change(FABRIC);
  expect(replica.events).toEqual([
    ["begin", [...COLLECTIONS]],
    ["changed", ["verdict", "services"]],
  ]);
});

test("another replica goes on where the first one has ended", () => {
  const [first, second, third] = [new Replica(), new Replica(), new Replica()];
  first.follow();
  second.follow(first.lastId);
  expect(second.events).toEqual([["changed", []]]);
  third.fabric = MORE;
  third.follow(first.lastId);
  expect(third.events).toEqual([["changed", ["verdict", "services"]]]);
});

test.each(["", "x", "other;verdict=1;nodes=1;services=1;routes=1;authority=1;log=1", "demo;a=1;b;c=;d;e;f"])(
  "an id that is none of this cluster's, %j, begins anew",
  (id) => {
    const replica = new Replica();
    replica.follow(id);
    expect(replica.events).toMatchObject([["begin", COLLECTIONS]]);
  },
);

test("a follower that does not read is told nothing until it does, and then what is newest", () => {
  const replica = new Replica();
  replica.follow();
  replica.isBehind = true;
  replica.change(MORE);
  expect(replica.events).toHaveLength(1);
  replica.isBehind = false;
  replica.change(MORE);
  expect(replica.events.at(-1)).toEqual(["changed", ["verdict", "services"]]);
});

test("a mistake in what one follower sees leaves the others told", () => {
  const replica = new Replica();
  const mistake = new Error("a mistake");
  replica.follow(undefined, () => {
    if (replica.fabric === MORE) throw mistake;
    return new Sight(viewOf(replica.fabric), "all");
  });
  replica.follow();
  replica.change(MORE);
  expect(replica.mistakes).toEqual([mistake]);
  expect(replica.events.at(-1)).toEqual(["changed", ["verdict", "services"]]);
  replica.change(FABRIC);
  expect(replica.events).toHaveLength(4);
});
