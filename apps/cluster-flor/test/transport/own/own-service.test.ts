/** Services of the vertex itself that answer later, refuse, and take flows. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TrafficClass } from "@florenetes/forwarding";
import { FLOW_IDLE_MS } from "../../../src/config/limits.ts";
import { Code } from "../../../src/transport/codes.ts";
import { type Pair, pair } from "../mesh/mesh.ts";
import { clientsOf, OwnFlowTalker, OwnTalker, ownAccounts, PatientService } from "../mesh/own-workloads.ts";
import { Client } from "../mesh/workloads.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

const echo = { name: "web", label: 900, target: { kind: "self", service: "echo" } } as const;

describe("a service of the vertex itself", () => {
  let world: VirtualWorld;
  let service: PatientService;
  let mesh: Pair;
  beforeEach(async () => {
    world = new VirtualWorld();
    service = new PatientService();
    mesh = await pair(world, echo.target, { b: { services: [echo], ownService: service } });
  });
  afterEach(() => world.close());

  const refused = (): unknown => mesh.b.transport.status().services[0]!.connections.refused;

  /** A client whose stream has come to the service. */
  async function asking(): Promise<Client> {
    const client = new Client(world, mesh.a.port());
    client.socket.write("question");
    await world.until(() => service.streams.length > 0);
    return client;
  }

  function openFlow(): OwnFlowTalker {
    let talker: OwnFlowTalker | undefined;
    clientsOf(mesh.a).openOwnFlow(ownAccounts(), (flow) => (talker = new OwnFlowTalker(flow)));
    return talker!;
  }

  test("hears who calls, and gets what was said before it has answered", async () => {
    const client = await asking();
    const [asked] = service.streams;
    expect(asked!.caller).toEqual({ peer: "user/alice", trafficClass: TrafficClass.reliable });
    await world.sleep(1_000);
    let talker: OwnTalker | undefined;
    asked!.dialled.handleConnected((stream) => (talker = new OwnTalker(stream, ["answer"])));
    client.socket.end();
    expect([await client.ended(), client.received]).toEqual(["end", 6]);
    expect([String(talker!.received), talker!.heard]).toEqual(["question", ["bytes", "end"]]);
    expect(service.givenUp).toBe(0);
    await world.until(() => mesh.b.transport.budget.held === 0);
  });

  test("refuses a stream by its own code, once", async () => {
    const client = await asking();
    const { dialled } = service.streams[0]!;
    dialled.handleFailed(Code.overBudget, "it has too many");
    dialled.handleFailed(Code.targetDown, "");
    dialled.handleConnected((stream) => new OwnTalker(stream));
    expect(await client.ended()).toBe("ECONNRESET");
    expect(refused()).toEqual({ OVER_BUDGET: 1 });
    expect(mesh.b.transport.budget.held).toBe(0);
  });

  test("hears that it answers too late, or that nobody waits any more", async () => {
    const late = await asking();
    expect(await Promise.all([late.ended(), world.sleep(10_100)])).toEqual(["ECONNRESET", undefined]);
    expect([refused(), service.givenUp]).toEqual([{ TARGET_TIMEOUT: 1 }, 1]);
    const gone = new Client(world, mesh.a.port());
    await world.until(() => service.streams.length === 2);
    gone.socket.resetAndDestroy();
    await world.until(() => service.givenUp === 2);
    service.streams[1]!.dialled.handleConnected((stream) => new OwnTalker(stream));
    await world.until(() => mesh.b.transport.budget.held === 0);
  });

  test("takes flows beside streams, with what was sent before it has answered", async () => {
    const talker = openFlow();
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
    expect(mesh.b.transport.status().services[0]!.datagrams).toMatchObject({
      sent: { datagrams: 1, bytes: 6 },
      received: { datagrams: 2, bytes: 6 },
    });
    far!.flow.reset();
    await world.until(() => talker.reset !== undefined && far!.reset !== undefined);
    expect([talker.reset!.code, far!.reset!.code]).toEqual([Code.done, Code.done]);
    await world.until(() => mesh.b.transport.budget.held === 0);
  });

  test("refuses a flow, or resets it, by its own code", async () => {
    const talkers = [openFlow(), openFlow()];
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
    const talkers = [openFlow(), openFlow(), openFlow()];
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
    await world.until(() => far[1]!.reset?.code === Code.done, FLOW_IDLE_MS + 1_000);
    expect(talkers[1]!.reset!.code).toBe(Code.done);
    expect(mesh.b.transport.status().services[0]!.datagrams!.ended).toEqual({ idle: 1, room: 0 });
  });
});

test("a service of the vertex itself that takes streams alone refuses flows", async () => {
  const world = new VirtualWorld();
  const { a } = await pair(world, echo.target, { b: { services: [echo] } });
  let talker: OwnFlowTalker | undefined;
  clientsOf(a).openOwnFlow(ownAccounts(), (flow) => (talker = new OwnFlowTalker(flow)));
  await world.until(() => talker!.reset?.code === Code.wrongKind);
  await world.close();
});
