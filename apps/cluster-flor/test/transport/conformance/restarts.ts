/** Vertices that are killed and run again. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { issue } from "../mesh/identities.ts";
import { TestVertex, joinInRow, pair, pairAtRest, warm } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

export const restarts: Suite = describeInWorlds("a restart", ({ open, within }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("of the service's vertex: streams are reset within two seconds, and new ones work", async () => {
    const target = await Target.listen(world, echo);
    const { a, b } = await pair(world, target.address);
    const idle = new Client(world, a.port());
    await idle.pingPong();
    b.kill();
    await world.sleep(300);
    expect(idle.outcome).toBe("open");
    const restarted = world.now;
    await b.start();
    expect(await idle.ended()).toBe("ECONNRESET");
    expect(world.now - restarted).toBeLessThan(within(2_000));
    const later = new Client(world, a.port());
    await later.pingPong();
    expect(world.now - restarted).toBeLessThan(within(2_500));
    later.socket.destroy();
    expect(a.events.find(({ code }) => code === "TRANSPORT_DOWN")).toMatchObject({ cause: "reset" });
  });

  test("of the originator's vertex: its servers see a reset within two seconds", async () => {
    let error = "";
    const target = await Target.listen(world, (socket) => {
      socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code!));
      echo(socket);
    });
    const { a, b } = await pair(world, target.address);
    const client = new Client(world, a.port());
    await client.pingPong();
    a.kill();
    await world.sleep(200);
    expect(error).toBe("");
    const restarted = world.now;
    await a.start();
    await world.until(() => error !== "");
    expect(error).toBe("ECONNRESET");
    expect(world.now - restarted).toBeLessThan(within(2_000));
    await world.until(
      () => b.transport.status().connections.filter(({ state }) => state === "established").length === 1,
    );
  });

  test("of one originator leave another of the same principal alone", async () => {
    const target = await Target.listen(world, echo);
    const alice = issue("user/alice");
    const options = {
      paths: [{ name: "to-b", labels: [900] }],
      tunnels: [{ as: "user/alice", service: "web", path: 0 }],
      credentials: { "user/alice": alice },
    };
    const a = new TestVertex(world, { name: "a", ...options });
    const c = new TestVertex(world, { name: "c", ...options });
    const b = new TestVertex(world, { name: "b", services: [{ name: "web", label: 900, target: target.address }] });
    joinInRow(world, a, b);
    joinInRow(world, c, b);
    for (const vertex of [b, a, c]) await vertex.start();
    await Promise.all([warm(world, a), warm(world, c)]);
    const client = new Client(world, a.port());
    await client.pingPong();
    c.kill();
    await c.start();
    await world.until(() => c.events.filter(({ code }) => code === "TRANSPORT_UP").length === 2);
    await client.pingPong();
    expect(client.outcome).toBe("open");
    client.socket.destroy();
  });

  test("a service that is down when its clients start is found when it comes", async () => {
    const target = await Target.listen(world, echo);
    const { a, b } = pairAtRest(world, target.address);
    await a.start();
    await world.sleep(1_000);
    const client = new Client(world, a.port());
    await world.sleep(500);
    await b.start();
    expect(await client.pingPong()).toBeLessThan(within(1_500));
    client.socket.destroy();
  });
});
