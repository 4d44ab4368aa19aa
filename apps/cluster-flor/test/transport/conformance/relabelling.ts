/** A connection's packets take another way from now on, and its streams go on. */
import { wordsOf } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EndConnection } from "../../../src/transport/connections/end-connection.ts";
import { ServiceEnd } from "../../../src/transport/services/service-end.ts";
import { Trunk } from "../../../src/transport/tunnels/trunk.ts";
import { TestVertex, joinInRow, warm } from "../mesh/mesh.ts";
import { Client, Target, echo, sha256 } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const SIZE = 3_000_000;

export const relabelling: Suite = describeInWorlds("a connection that is relabelled", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(async () => {
    vi.restoreAllMocks();
    await world.close();
  });

  /** A tunnel from a to b, over a link that a and b share, or over c. */
  async function scene() {
    const originated = vi.spyOn(Trunk.prototype, "handleHandedOver");
    const accepted = vi.spyOn(ServiceEnd.prototype, "handleHandedOver");
    const target = await Target.listen(world, echo);
    const a = new TestVertex(world, {
      name: "a",
      paths: [{ name: "to-b", labels: [900] }],
      tunnels: [{ as: "user/alice", service: "web", path: 0 }],
    });
    const c = new TestVertex(world, { name: "c", transit: [[0, 1]] });
    const b = new TestVertex(world, { name: "b", services: [{ name: "web", label: 900, target: target.address }] });
    const [direct] = joinInRow(world, a, b);
    const over = joinInRow(world, a, c, b);
    for (const vertex of [b, c, a]) await vertex.start();
    await warm(world, a);
    const ends = [originated, accepted].map(({ mock }): EndConnection => mock.calls.at(-1)![1]);
    return { a, target, direct: direct!, over, originator: ends[0]!, acceptor: ends[1]! };
  }

  test("keeps its streams, which lose and double nothing", async () => {
    const { a, target, direct, over, originator, acceptor } = await scene();
    const clients = Array.from({ length: 3 }, () => new Client(world, a.port()));
    for (const client of clients) await client.pingPong();
    const bytes = Buffer.from(Array.from({ length: SIZE }, (_, at) => at % 251));
    for (const client of clients) client.socket.write(bytes);
    await world.until(() => clients.every(({ received }) => received > SIZE / 10));
    // The connection moves from the direct link to the way over c, whose words are two; the direct link is cut.
    originator.relabel({ outLink: 1, words: wordsOf([101, 900]) });
    direct.isCut = true;
    await world.until(() => clients.every(({ received }) => received > SIZE / 2), 60_000);
    // The connection moves back.
    direct.isCut = false;
    originator.relabel({ outLink: 0, words: wordsOf([900]) });
    over[1]!.isCut = true;
    for (const client of clients) await client.until(64 + SIZE);
    const first = Buffer.alloc(64, 0x5a);
    const digests = clients.map(({ hash }) => hash.digest("hex"));
    expect(digests).toEqual(clients.map(() => sha256(Buffer.concat([first, bytes]))));
    expect(target.connections).toBe(3);
    expect([originator.way.outLink, acceptor.way.outLink]).toEqual([0, 0]);
    expect(a.transport.status().connections).toHaveLength(1);
  });

  test("has another share in its words at once, and goes no other way by that", async () => {
    const { a, originator, acceptor } = await scene();
    const client = new Client(world, a.port());
    await client.pingPong();
    for (const [outLink, labels] of [
      [0, [900]],
      [1, [101, 900]],
    ] as const) {
      for (const share of [7, 4_095, 0]) {
        const words = wordsOf(labels, share);
        originator.relabel({ outLink, words });
        await client.pingPong();
        await world.until(() => [...originator.way.words].join() === words.join() && acceptor.way.outLink === outLink);
      }
    }
    expect(a.transport.status().connections).toHaveLength(1);
  });

  test("does not wait for a link that takes no packets", async () => {
    const { a, direct, originator } = await scene();
    const client = new Client(world, a.port());
    await client.pingPong();
    direct.isWritable = false;
    const answered = client.pingPong(1_000);
    await world.sleep(50);
    originator.relabel({ outLink: 1, words: wordsOf([101, 900]) });
    await answered;
    expect(client.outcome).toBe("open");
  });

  test("only by the originator: an acceptor answers where the packets come from", async () => {
    const { acceptor } = await scene();
    const { way } = acceptor;
    acceptor.relabel({ outLink: 1, words: wordsOf([101, 900]) });
    expect(acceptor.way).toEqual(way);
  });
});
