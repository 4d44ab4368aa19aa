/** A vertex takes another config while workloads speak. */
import { SessionCode } from "@florenetes/data-session";
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SessionConfig } from "../../src/config/cluster-config.ts";
import { Code } from "../../src/transport/codes.ts";
import { ListenerKeeper } from "../../src/transport/drivers/listener-keeper.ts";
import { issue } from "../transport/mesh/identities.ts";
import { pair } from "../transport/mesh/mesh.ts";
import { Target, echo } from "../transport/mesh/workloads.ts";
import { VirtualWorld } from "../transport/worlds/virtual-world.ts";
import { TestWorkload, openSessions, sessionsConfig } from "./workload.ts";

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const web = { name: "web", service: "web", path: 0, keepMs: 1_000 };

/** A workload has a stream to a service that echoes. */
async function scene() {
  const target = await Target.listen(world, echo);
  // The second path leads to no service.
  const paths = [900, 901].map((label) => ({ name: `to-${label}`, labels: [label] }));
  const { a } = await pair(world, target.address, { a: { tunnels: [], paths }, isCold: true });
  for (const folder of ["user/alice", "service/relay"]) a.hold(folder, issue(folder));
  const { sessions } = await openSessions(world, a, { services: [web] });
  const keeper = world.add(new ListenerKeeper(world.drivers()));
  const credentials = new Map(["user/alice", "service/relay"].map((folder) => [folder, a.credentialsOf(folder)]));
  const reconfigure = async (socket: Partial<SessionConfig> | undefined): Promise<void> => {
    sessions.reconfigure(sessionsConfig(socket && { services: [web], ...socket }), credentials);
    await keeper.open(sessions.doors);
  };
  const workload = await speaker();
  const stream = workload.open();
  await talks(workload, stream);
  return { a, sessions, reconfigure, workload, stream };
}

async function speaker(): Promise<TestWorkload> {
  const workload = TestWorkload.connect(world);
  await world.until(() => workload.isReady || workload.has("closed"));
  return workload;
}

async function talks(workload: TestWorkload, stream: number): Promise<void> {
  workload.say(stream, "hello");
  let heard = "";
  await world.until(() => (heard += String(workload.read(stream))).length === 5);
  expect(heard).toBe("hello");
}

test("services come and go, and streams of a session that stays go on", async () => {
  const { a, reconfigure, workload, stream } = await scene();
  await reconfigure({ services: [{ ...web, name: "new" }] });
  const [added, gone] = [workload.open({ service: "new" }), workload.open()];
  await talks(workload, added);
  await world.until(() => workload.has("reset", gone));
  expect(workload.of("reset", gone)).toMatchObject([{ code: Code.unknownService }]);
  await talks(workload, stream);
  for (const each of [stream, added]) workload.finish(each);
  await world.until(() => workload.has("ended", added));
  await reconfigure({ services: [] });
  await world.until(() => a.transport.status().connections.length === 0, 10_000);
});

test("one way of a service stays the same connection, and keeps its counts when it changes", async () => {
  const { a, sessions, reconfigure, workload, stream } = await scene();
  const { id } = a.transport.status().connections[0]!;
  await reconfigure({ streamsMax: 7 });
  await talks(workload, workload.open());
  expect(a.transport.status().connections).toMatchObject([{ id }]);
  await reconfigure({ services: [{ ...web, keepMs: 9_000 }] });
  await talks(workload, workload.open());
  await talks(workload, stream);
  expect(a.transport.status().connections).toMatchObject([{ id }]);
  expect(sessions.status()).toMatchObject([{ open: 1, services: [{ connections: { total: 3 } }] }]);
});

test("who waits for a service goes along when that is led over another path", async () => {
  const { reconfigure, workload } = await scene();
  await reconfigure({ services: [{ ...web, path: 1 }] });
  const streams = [TrafficClass.reliable, TrafficClass.bulk].map((trafficClass) => workload.open({ trafficClass }));
  await world.sleep(1_000);
  expect(streams.map((stream) => workload.has("answered", stream))).toEqual([false, false]);
  await reconfigure({});
  for (const stream of streams) await talks(workload, stream);
});

test("who waits for a service is refused when the socket stands for another principal", async () => {
  const { reconfigure, workload } = await scene();
  await reconfigure({ services: [{ ...web, path: 1 }] });
  const stream = workload.open();
  await world.sleep(1_000);
  await reconfigure({ as: "service/relay" });
  await world.until(() => workload.has("reset", stream));
  expect(workload.of("reset", stream)).toMatchObject([{ code: Code.stopping }]);
});

test("a process that may not speak any more is thrown out, and others as they come", async () => {
  const { reconfigure, workload } = await scene();
  await reconfigure({ allow: { users: [1], groups: [] } });
  await world.until(() => workload.has("closed"));
  expect(workload.of("closed")).toMatchObject([{ code: Code.notAllowed }]);
  const next = await speaker();
  expect([next.isReady, next.has("closed")]).toEqual([false, true]);
});

test("a socket that stands for another principal has its sessions go away, and new ones speak as that", async () => {
  const { sessions, reconfigure, workload, stream } = await scene();
  await reconfigure({ as: "service/relay" });
  await world.until(() => workload.has("goAway"));
  await talks(workload, stream);
  expect((await speaker()).isReady).toBe(true);
  expect(sessions.status()).toMatchObject([{ as: "service/relay", open: 2 }]);
});

test("a socket that is gone takes no sessions, and those that there are end with their streams; then it is there again", async () => {
  const { sessions, reconfigure, workload, stream } = await scene();
  await reconfigure(undefined);
  await world.until(() => workload.has("goAway"));
  expect(workload.of("goAway")).toMatchObject([{ code: SessionCode.stopping }]);
  expect(sessions.status()).toEqual([]);
  await talks(workload, stream);
  const refused = TestWorkload.connect(world);
  await world.until(() => refused.socket.destroyed);
  workload.finish(stream);
  await world.until(() => workload.has("closed"));
  await reconfigure({});
  const next = await speaker();
  await talks(next, next.open());
});
