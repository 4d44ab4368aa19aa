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

/** An id that a replica of the cluster gives. */
function realId(): string {
  const replica = new Replica();
  replica.follow();
  return replica.lastId;
}

test.each<readonly [string, (id: string) => string]>([
  ["nothing", () => ""],
  ["a word", () => "x"],
  ["of another cluster", (id) => id.replace("demo;", "other;")],
  ["with two parts swapped", (id) => id.replace(/;(nodes=\w+);(services=\w+)/, ";$2;$1")],
  ["with a part of another name", (id) => id.replace(";nodes=", ";knots=")],
  ["with a part too few", (id) => id.replace(/;log=\w+/, "")],
  ["with a part too many", (id) => `${id};more=1`],
])("an id that is %s begins anew", (_, strange) => {
  const id = realId();
  expect(strange(id)).not.toBe(id);
  const replica = new Replica();
  replica.follow(strange(id));
  expect(replica.events).toEqual([["begin", [...COLLECTIONS]]]);
});

test("an id without a digest says that its reader has nothing of that collection", () => {
  const replica = new Replica();
  replica.follow(realId().replace(/;nodes=\w+/, ";nodes"));
  expect(replica.events).toEqual([["changed", ["nodes"]]]);
});

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
