/** Services of the vertex itself that answer later, refuse, and take flows. */
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { type Pair, pair } from "../mesh/mesh.ts";
import { OwnFlowTalker, OwnTalker, PatientService } from "../mesh/own-workloads.ts";
import { Client } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { openFlow } from "./own-opened.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const echo = { name: "web", label: 900, target: { kind: "self", service: "echo" } } as const;

export const ownService: Suite = describeInWorlds("a service of the vertex itself", ({ open }) => {
  let world: TransportWorld;
  let service: PatientService;
  let mesh: Pair;
  beforeEach(async () => {
    world = open();
    service = new PatientService();
    const services = [{ ...echo, flowIdleMs: 3_000 }];
    const tunnels = [{ as: "user/alice", service: "web", path: 0, trafficClass: TrafficClass.bulk }];
    mesh = await pair(world, echo.target, {
      a: { tunnels },
      b: { services, ownService: service, limits: { dialMs: 2_000 } },
    });
  });
  afterEach(() => world.close());

  /** Waits until the service has refused one stream, and expects this code. */
  async function refused(code: string): Promise<void> {
    const { transport } = mesh.b;
    await world.until(() => Object.keys(transport.status().services[0]!.connections.refused).length > 0);
    expect(transport.status().services[0]!.connections.refused).toEqual({ [code]: 1 });
  }

  /** A client whose stream has come to the service. */
  async function asking(): Promise<Client> {
    const client = new Client(world, mesh.a.port());
    client.socket.write("question");
    await world.until(() => service.streams.length > 0);
    return client;
  }

  test("hears who calls, and gets what was said before it has answered", async () => {
    const client = await asking();
    const [asked] = service.streams;
    expect(asked!.caller).toEqual({ peer: "user/alice", trafficClass: TrafficClass.bulk });
    await world.sleep(100);
    let talker: OwnTalker | undefined;
    asked!.dialled.handleConnected((stream) => (talker = new OwnTalker(stream, ["answer"])));
    asked!.dialled.handleFailed(Code.targetDown, "");
    client.socket.end();
    expect([await client.ended(), client.received]).toEqual(["end", 6]);
    // Each way of a stream ends by itself.
    await world.until(() => talker!.heard.includes("end"));
    expect([String(talker!.received), talker!.heard]).toEqual(["question", ["bytes", "end"]]);
    expect(service.givenUp).toBe(0);
    await world.until(() => mesh.b.transport.bytesHeld === 0);
  });

  test("refuses a stream by its own code, once", async () => {
    const client = await asking();
    const { dialled } = service.streams[0]!;
    dialled.handleFailed(Code.overBudget, "it has too many");
    dialled.handleFailed(Code.targetDown, "");
    dialled.handleConnected((stream) => new OwnTalker(stream));
    expect(await client.ended()).toBe("ECONNRESET");
    await refused("OVER_BUDGET");
    const log = mesh.b.events;
    await world.until(() => log.some(({ code }) => code === "STREAM_REFUSED"));
    expect(log.find(({ code }) => code === "STREAM_REFUSED")!["message"]).toContain("it has too many");
    await world.until(() => mesh.b.transport.bytesHeld === 0);
  });

  test("hears that it answers too late, or that nobody waits any more", async () => {
    const late = await asking();
    expect(await late.ended()).toBe("ECONNRESET");
    await world.until(() => service.givenUp === 1);
    await refused("TARGET_TIMEOUT");
    const gone = new Client(world, mesh.a.port());
    await world.until(() => service.streams.length === 2);
    gone.socket.resetAndDestroy();
    await world.until(() => service.givenUp === 2);
    service.streams[1]!.dialled.handleConnected((stream) => new OwnTalker(stream));
    await world.until(() => mesh.b.transport.bytesHeld === 0);
  });

  test("takes flows beside streams, with what was sent before it has answered", async () => {
    const talker = openFlow(mesh.a);
    talker.flow.send(Buffer.from("one"));
    await world.until(() => service.flows.length === 1);
    expect(service.flows[0]!.caller.peer).toBe("user/alice");
    let far: OwnFlowTalker | undefined;
    service.flows[0]!.dialled.handleConnected((flow) => (far = new OwnFlowTalker(flow)));
    expect(far!.received).toEqual([]);
    far!.flow.send(Buffer.from("answer"));
    talker.flow.send(Buffer.from("two"));
    await world.until(() => far!.received.length === 2 && talker.received.length === 1);
    expect(far!.received.map(String)).toEqual(["one", "two"]);
    expect(talker.heard).toEqual(["answered", "datagram"]);
    const counted = () => mesh.b.transport.status().services[0]!.datagrams!;
    await world.until(() => counted().sent.datagrams === 1 && counted().received.datagrams === 2);
    expect(counted()).toMatchObject({
      sent: { datagrams: 1, bytes: 6 },
      received: { datagrams: 2, bytes: 6 },
    });
    far!.flow.reset();
    await world.until(() => talker.reset !== undefined && far!.reset !== undefined);
    expect([talker.reset!.code, far!.reset!.code]).toEqual([Code.done, Code.done]);
    await world.until(() => mesh.b.transport.bytesHeld === 0);
  });

  test("refuses a flow, or resets it, by its own code", async () => {
    const talkers = [openFlow(mesh.a), openFlow(mesh.a)];
    await world.until(() => service.flows.length === 2);
    service.flows[0]!.dialled.handleFailed(Code.overBudget, "it has too many");
    let far: OwnFlowTalker | undefined;
    service.flows[1]!.dialled.handleConnected((flow) => {
      flow.reset(Code.targetDown);
      return (far = new OwnFlowTalker(flow));
    });
    await world.until(() => talkers.every(({ reset }) => reset !== undefined) && far!.reset !== undefined);
    expect(talkers.map(({ reset }) => reset!.code)).toEqual([Code.overBudget, Code.targetDown]);
  });

  test("hears that a flow has ended, silent ones included, and that one is given up before", async () => {
    const talkers = [openFlow(mesh.a), openFlow(mesh.a), openFlow(mesh.a)];
    await world.until(() => service.flows.length === 3);
    const far: OwnFlowTalker[] = [];
    for (const { dialled } of service.flows.slice(0, 2)) {
      dialled.handleConnected((flow) => {
        far.push(new OwnFlowTalker(flow));
        return far.at(-1)!;
      });
    }
    await world.until(() => talkers[0]!.heard.length + talkers[1]!.heard.length === 2);
    talkers[0]!.flow.reset();
    talkers[2]!.flow.reset(Code.workloadReset);
    await world.until(() => far[0]!.reset?.code === Code.done && service.givenUp === 1);
    await world.until(() => far[1]!.reset?.code === Code.done && talkers[1]!.reset?.code === Code.done, 10_000);
    const ended = () => mesh.b.transport.status().services[0]!.datagrams!.ended;
    await world.until(() => ended().idle === 1);
    expect(ended()).toEqual({ idle: 1, room: 0 });
  });

  test("that takes streams alone refuses flows", async () => {
    const { a } = await pair(world, echo.target, { b: { services: [echo] } });
    const talker = openFlow(a);
    await world.until(() => talker.reset?.code === Code.wrongKind);
  });
});
