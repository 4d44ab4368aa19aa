/** Workloads that are the first to meet a service which was restarted: streams that nobody has accepted are offered again, and no bytes
 *  come twice. */
import { connectionHighOf, connectionLowOf } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultLimits } from "../../../src/transport/limits.ts";
import { issue } from "../mesh/identities.ts";
import { type Pair, pair } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const { restartMs } = defaultLimits;
/** In real time a packet and its answer may take long on a busy machine. */
const patient = { a: { limits: { restartMs: 10_000 } } };
/** A pause that is longer than the shortest time in which any process runs again. */
const away = restartMs + 50;

/** The ConnectionId of a packet, as the status has it. */
function idOf(packet: Uint8Array): string {
  return [connectionHighOf(packet, 0), connectionLowOf(packet, 0)]
    .map((half) => half.toString(16).padStart(8, "0"))
    .join("");
}

export async function restart({ b }: Pair, world: TransportWorld, awayMs = away): Promise<void> {
  b.kill();
  await world.sleep(awayMs);
  await b.start();
}

export const offers: Suite = describeInWorlds("after a restart of the service", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("the first workload connection is answered, five times of five", async () => {
    const target = await Target.listen(world, echo);
    const mesh = await pair(world, target.address, patient);
    for (let life = 1; life <= 5; life++) {
      await restart(mesh, world);
      const first = new Client(world, mesh.a.port());
      await first.pingPong(3_000);
      expect(first.outcome).toBe("open");
      expect(target.connections).toBe(life);
      first.socket.destroy();
    }
    const [tunnel] = mesh.a.transport.status().tunnels;
    expect(tunnel!.connections).toMatchObject({ total: 5, refused: {}, cut: {} });
    await world.until(() => mesh.a.transport.status().tunnels[0]!.connections.open === 0);
    expect(mesh.a.transport.bytesHeld).toBe(0);
  });

  test("a workload that comes while the connection gets a successor is answered on that", async () => {
    const target = await Target.listen(world, echo);
    const mesh = await pair(world, target.address, patient);
    await restart(mesh, world);
    // Packets of the former connection are lost: only the successor's HELLO tells of the restart.
    const former = mesh.a.transport.status().connections[0]!.id;
    mesh.link.tap = (packet) => idOf(packet) !== former;
    const client = new Client(world, mesh.a.port());
    client.socket.write("question");
    await world.until(() => mesh.a.transport.status().connections.some(({ streamsOpen }) => streamsOpen > 0));
    mesh.a.transport.handleCredentials("user/alice", issue("user/alice"));
    await world.until(() => client.received > 0);
    expect(target.connections).toBe(1);
    expect(mesh.a.transport.status().tunnels[0]!.connections).toMatchObject({ total: 1, refused: {}, cut: {} });
    client.socket.destroy();
    await world.until(() => mesh.a.transport.bytesHeld === 0);
  });

  test("several that come at once are, and what they have said before is heard in order and to its end", async () => {
    const heard: string[] = [];
    const target = await Target.listen(world, (socket) => {
      let text = "";
      socket.on("data", (bytes: Uint8Array) => (text += Buffer.from(bytes).toString()));
      socket.on("end", () => {
        heard.push(text);
        socket.end("answer");
      });
    });
    const mesh = await pair(world, target.address, patient);
    await restart(mesh, world);
    const clients = ["a", "b", "c"].map((letter) => {
      const client = new Client(world, mesh.a.port());
      client.socket.write(letter);
      client.socket.end(letter.repeat(2_000));
      return client;
    });
    for (const client of clients) expect(await client.ended()).toBe("end");
    expect(heard.toSorted()).toEqual(["a", "b", "c"].map((letter) => letter.repeat(2_001)));
    expect(clients.map(({ received }) => received)).toEqual([6, 6, 6]);
  });

  test("who came so long before that a former process may have heard it is reset", async () => {
    const target = await Target.listen(world, echo);
    const mesh = await pair(world, target.address);
    mesh.b.kill();
    const client = new Client(world, mesh.a.port());
    client.socket.write("question");
    await world.sleep(2 * restartMs);
    await mesh.b.start();
    expect(await client.ended()).toBe("ECONNRESET");
    expect(target.connections).toBe(0);
  });
});
