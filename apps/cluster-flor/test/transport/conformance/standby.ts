/** A host that is silent: new streams go to the standby host of its service. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { TrafficClass } from "@florenetes/forwarding";
import type { LeadConfig } from "../../../src/config/cluster-config.ts";
import { RETURN_MS_MAX } from "../../../src/transport/limits.ts";
import { joinInRow, TestVertex, warm } from "../mesh/mesh.ts";
import { Client, echo, Target } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const [TO_D, TO_E, TO_F] = [0, 1, 2];
const led: LeadConfig = { service: "web", proves: "web", path: TO_D, next: undefined, standby: TO_E };
type Host = "d" | "e" | "f";
const two: readonly Host[] = ["d", "e"];
const three: readonly Host[] = [...two, "f"];
const tunnels = [{ as: "user/alice", service: "web", path: TO_D }];

export const standby: Suite = describeInWorlds("a host that is silent", ({ open, isReal }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  /** Real time would take long to show nothing that virtual time does not. */
  const testInVirtualTime = (title: string, run: () => Promise<void>): void => {
    if (!isReal) test(title, run);
  };

  /** A tunnel from a to d, with e as the standby; each host is behind a relay of its own. */
  async function scene(leads: readonly LeadConfig[] = [led], program = echo, keepMs?: number, hosts = two) {
    const targets: Target[] = [];
    while (targets.length < hosts.length) targets.push(await Target.listen(world, program));
    const paths = hosts.map((host, link) => ({
      name: `auto.web.${host}`,
      link,
      labels: [101, 900],
      isOverlay: true as const,
    }));
    const kept = tunnels.map((tunnel) => ({ ...tunnel, ...(keepMs !== undefined && { keepMs }) }));
    const a = new TestVertex(world, { name: "a", paths, tunnels: kept, leads });
    const ends = hosts.map((name, index) => {
      return new TestVertex(world, { name, services: [{ name: "web", label: 900, target: targets[index]!.address }] });
    });
    const links = ends.map((end, index) => {
      const relay = new TestVertex(world, { name: `r${index}`, transit: [[0, 1]] });
      return { relay, behind: joinInRow(world, a, relay, end)[1]! };
    });
    for (const vertex of [...ends, ...links.map(({ relay }) => relay), a]) await vertex.start();
    if (keepMs === undefined) await warm(world, a);
    const codes = () => a.events.map(({ code }) => code).filter((code) => code.startsWith("STANDBY_"));
    /** Cuts the way to a host behind its relay, so that nothing tells a. */
    const cut = (host: Host, isCut = true): void => {
      links[hosts.indexOf(host)]!.behind.isCut = isCut;
    };
    const connect = async (): Promise<Client> => {
      const client = new Client(world, a.port());
      await client.pingPong();
      return client;
    };
    const taken = () => world.until(() => codes().at(-1) === "STANDBY_TAKEN");
    const left = () => world.until(() => codes().at(-1) === "STANDBY_LEFT", 20_000);
    const counts = () => targets.map(({ connections }) => connections);
    const tunnel = () => a.transport.status().tunnels[0]!;
    return { a, ends, targets, codes, cut, connect, taken, left, counts, tunnel };
  }

  test("gets no new streams until it has answered for a while; those that are open stay, and go on", async () => {
    const { a, cut, connect, taken, left, counts, codes, tunnel } = await scene();
    const before = await connect();
    const use = { as: "user/alice", service: "web", path: TO_D, trafficClass: TrafficClass.reliable };
    const trunk = a.transport.join(use);
    trunk.usedUp = 1;
    cut("d");
    before.socket.write(Buffer.alloc(1_000));
    await taken();
    trunk.standby!.usedUp += 2;
    expect(tunnel()).toMatchObject({ streamsUsedUp: 3, connectionsBeside: 0 });
    for (let count = 0; count < 3; count++) (await connect()).socket.end();
    expect(counts()).toEqual([1, 3]);
    // Figures of the data thread may be those of a moment ago.
    await world.until(() => tunnel().standbyStreams === 3);
    expect(tunnel()).toMatchObject({ connections: { refused: {}, cut: {} } });
    cut("d", false);
    await before.until(64 + 1_000);
    await left();
    await connect();
    expect(counts()).toEqual([2, 3]);
    await world.until(() => tunnel().connections.total === 5);
    expect(tunnel()).toMatchObject({ streamsUsedUp: 3, standbyStreams: 3, connections: { refused: {}, cut: {} } });
    expect(codes()).toEqual(["STANDBY_TAKEN", "STANDBY_LEFT"]);
    expect(a.events.map(({ code }) => code)).not.toContain("TRANSPORT_DOWN");
    expect(a.transport.status().connections).toHaveLength(2);
    a.transport.leave(trunk, use);
  });

  /** Has d fall silent, and e taken, to which one stream goes. */
  async function detoured(hosts = two) {
    const parts = await scene([led], echo, undefined, hosts);
    const { a, cut, connect, taken } = parts;
    await connect();
    cut("d");
    const waiting = new Client(world, a.port()).pingPong();
    await taken();
    return { ...parts, waiting, there: await connect() };
  }

  test("is as good as a standby that has fallen silent since it was taken: new streams are led back", async () => {
    const { cut, connect, left, counts, there } = await detoured();
    cut("e");
    there.socket.write(Buffer.alloc(100));
    await left();
    const late = connect();
    cut("d", false);
    await late;
    expect(counts()[1]).toBe(1);
  });

  test("is as good as a standby that takes no more streams", async () => {
    const { ends, cut, connect, left, counts, codes } = await detoured();
    await ends[1]!.reconfigure({ services: [undefined] });
    // The next attempt would be silent, too, but only after a while.
    await (isReal ? left() : world.until(() => codes().at(-1) === "STANDBY_LEFT", 300));
    const late = connect();
    cut("d", false);
    await late;
    expect(counts()[1]).toBe(1);
  });

  test("keeps its new streams at its standby until another one that is named is proven", async () => {
    const { a, cut, connect, counts, codes, there } = await detoured(three);
    const name = (standby: number) => a.reconfigure({ tunnels, leads: [{ ...led, standby }] });
    cut("f");
    await name(TO_F);
    await connect();
    await there.pingPong();
    expect([counts(), codes()]).toEqual([[1, 2, 0], ["STANDBY_TAKEN"]]);
    await name(TO_E);
    await name(TO_F);
    cut("f", false);
    await world.until(() => codes().length === 2, 20_000);
    await connect();
    await there.pingPong();
    expect([counts(), codes()]).toEqual([
      [1, 2, 1],
      ["STANDBY_TAKEN", "STANDBY_TAKEN"],
    ]);
  });

  test("has the standby that is named as soon as the former one falls silent, too", async () => {
    const { a, cut, connect, counts, codes, there } = await detoured(three);
    cut("f");
    await a.reconfigure({ tunnels, leads: [{ ...led, standby: TO_F }] });
    cut("e");
    there.socket.write(Buffer.alloc(100));
    await world.until(() => codes().at(-1) === "STANDBY_LEFT", 20_000);
    cut("f", false);
    await world.until(() => codes().at(-1) === "STANDBY_TAKEN", 20_000);
    await connect();
    expect(counts()[2]).toBeGreaterThan(0);
  });

  test("has no new streams at a standby whose path is gone", async () => {
    const { a, cut, connect, counts, left } = await detoured(three);
    cut("f");
    const paths = a.options.paths!.map((path, index) => (index === TO_E ? undefined : path));
    await a.reconfigure({ paths, tunnels, leads: [{ ...led, standby: TO_F }] });
    await left();
    const late = connect();
    cut("d", false);
    await late;
    expect(counts()[1]).toBe(1);
  });

  testInVirtualTime("keeps its new streams away where it answers, but takes no connection any more", async () => {
    const { ends, targets, cut, connect, left, counts, codes, waiting, there } = await detoured();
    cut("d", false);
    await waiting;
    const web = { name: "web", label: 900, target: targets[0]!.address };
    await ends[0]!.reconfigure({ services: [{ ...web, allow: ["user/bob"] }] });
    await world.sleep(5_000);
    expect(codes()).toEqual(["STANDBY_TAKEN"]);
    await connect();
    there.socket.end();
    await ends[0]!.reconfigure({ services: [web] });
    await left();
    expect(counts()[1]).toBe(2);
  });

  test("is asked until it answers again, though new streams go elsewhere and nothing keeps its connection", async () => {
    const { cut, connect, taken, left, counts } = await scene([led], echo, 500);
    cut("d");
    const first = connect();
    await taken();
    await first;
    // The attempt that the workload has asked for ends meanwhile.
    if (!isReal) await world.sleep(20_000);
    cut("d", false);
    await left();
    await connect();
    expect(counts()).toEqual([1, 1]);
  });

  testInVirtualTime(
    "has a standby that is tried at once for a workload that comes, whatever was tried before",
    async () => {
      const { a, ends, targets, cut, connect, codes, counts } = await scene();
      const web = { name: "web", label: 900, target: targets[1]!.address };
      await ends[1]!.reconfigure({ services: [{ ...web, allow: ["user/bob"] }] });
      const client = await connect();
      cut("d");
      client.socket.write(Buffer.alloc(100));
      // Attempts are 6.4 s apart by then.
      await world.sleep(8_000);
      await ends[1]!.reconfigure({ services: [web] });
      expect(codes()).toEqual([]);
      void new Client(world, a.port()).pingPong();
      await world.until(() => codes().at(-1) === "STANDBY_TAKEN", 500);
      await connect();
      expect(counts()[1]).toBe(1);
    },
  );

  testInVirtualTime(
    "and then refuses is asked no more once nothing has used it for long, where nothing keeps its connection",
    async () => {
      const { a, ends, targets, cut, connect, taken, codes } = await scene([led], echo, 500);
      cut("d");
      const first = connect();
      await taken();
      (await first).socket.end();
      const web = { name: "web", label: 900, target: targets[0]!.address };
      await ends[0]!.reconfigure({ services: [{ ...web, allow: ["user/bob"] }] });
      cut("d", false);
      for (let round = 0; round < 4; round++) {
        await world.sleep(RETURN_MS_MAX / 2);
        (await connect()).socket.end();
      }
      expect(codes(), "workloads come now and then").toEqual(["STANDBY_TAKEN"]);
      await world.sleep(3 * RETURN_MS_MAX);
      expect(codes()).toEqual(["STANDBY_TAKEN", "STANDBY_LEFT"]);
      expect(a.transport.status().connections).toEqual([]);
      const { refused } = ends[0]!.transport.status().services[0]!.connections;
      expect(refused).toEqual({});
    },
  );

  test("is left to its stream where no other host is named", async () => {
    const { cut, connect, counts } = await scene([{ ...led, standby: undefined }]);
    const before = await connect();
    cut("d");
    const late = connect();
    await world.sleep(600);
    cut("d", false);
    await late;
    await before.pingPong();
    expect(counts()).toEqual([2, 0]);
  });

  test("keeps its new streams where only its program says nothing", async () => {
    const { a, codes } = await scene([led], () => {});
    new Client(world, a.port()).socket.write(Buffer.alloc(100));
    await world.sleep(2_000);
    expect(codes()).toEqual([]);
  });

  test("keeps its new streams while the standby is silent, too, and those that are there wait for it", async () => {
    const { cut, connect, counts, codes } = await scene();
    cut("d");
    cut("e");
    const late = connect();
    await world.sleep(1_000);
    expect(codes()).toEqual([]);
    cut("d", false);
    await late;
    expect(counts()).toEqual([1, 0]);
  });

  test("is followed by the standby: what goes there stays on the connection that it has", async () => {
    const { a, ends, cut, connect, taken, left, counts, tunnel } = await scene();
    await connect();
    cut("d");
    void new Client(world, a.port()).pingPong();
    await taken();
    const client = await connect();
    await world.until(() => tunnel().standbyStreams === 1);
    await a.reconfigure({
      tunnels: tunnels.map((each) => ({ ...each, path: TO_E })),
      leads: [{ ...led, path: TO_E, standby: TO_D }],
    });
    await connect();
    await client.pingPong();
    expect(counts()[1]).toBe(2);
    // The workload that came before the silence was known stays where it is.
    await world.until(() => tunnel().connections.total === 4);
    expect(tunnel()).toMatchObject({ standbyStreams: 1, path: "auto.web.e" });
    expect(ends[1]!.transport.status().services[0]!.handshakes).toEqual({ established: 1 });
    await left();
    expect(a.transport.routes.paths, "open streams go on over the former path").toContain("auto.web.d");
  });

  test("is followed by the standby for uses that are led there later than tunnels, too", async () => {
    const { a, ends, cut } = await scene();
    const use = { as: "user/alice", service: "web", path: TO_D, trafficClass: TrafficClass.interactive };
    const trunk = a.transport.join(use);
    trunk.start(a.transport.now());
    await world.until(() => trunk.isReady);
    cut("d");
    await world.until(() => trunk.standby !== undefined, 20_000);
    const { standby } = trunk;
    const led = { leads: [{ service: "web", proves: "web", path: TO_E, next: undefined, standby: TO_D }] };
    await a.reconfigure({ tunnels: tunnels.map((each) => ({ ...each, path: TO_E })), ...led }, () => {
      expect(a.transport.join({ ...use, path: TO_E })).toBe(standby);
      a.transport.leave(trunk, use);
    });
    expect([standby!.isStopped, standby!.isReady]).toEqual([false, true]);
    await world.until(() => ends[1]!.transport.status().services[0]!.handshakes.established === 2);
  });

  testInVirtualTime(
    "and returns, again and again, draws one connection to the standby under streams that stay, which goes once they have ended",
    async () => {
      const { a, ends, cut, connect, taken, left } = await scene();
      const client = await connect();
      const long: Client[] = [];
      for (let round = 0; round < 4; round++) {
        cut("d");
        client.socket.write(Buffer.alloc(100));
        await taken();
        long.push(await connect());
        cut("d", false);
        await left();
        await world.sleep(RETURN_MS_MAX / 2);
      }
      expect(ends[1]!.transport.status().services[0]!.handshakes).toEqual({ established: 1 });
      await world.sleep(2 * RETURN_MS_MAX);
      expect(a.transport.status().connections).toHaveLength(2);
      expect([...a.transport.routes.paths]).toEqual(["auto.web.d", "auto.web.e"]);
      for (const { socket } of long) socket.end();
      await world.sleep(2 * RETURN_MS_MAX);
      expect(a.transport.status().connections).toHaveLength(1);
      expect([...a.transport.routes.paths]).toEqual(["auto.web.d"]);
    },
  );

  testInVirtualTime(
    "and speaks now and then keeps new streams away from it, and draws one connection to the standby",
    async () => {
      const { a, ends, cut, connect, codes } = await scene();
      const client = await connect();
      for (let round = 0; round < 30; round++) {
        cut("d");
        client.socket.write(Buffer.alloc(100));
        await world.sleep(600);
        cut("d", false);
        await world.sleep(400);
        if (round > 0) expect(codes()).toEqual(["STANDBY_TAKEN"]);
      }
      expect(ends[1]!.transport.status().services[0]!.handshakes).toEqual({ established: 1 });
      expect(a.transport.status().connections).toHaveLength(2);
    },
  );
});
