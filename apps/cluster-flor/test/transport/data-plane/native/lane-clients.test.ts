import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OWN_ACCOUNTS_MIN } from "../../../../src/transport/data-plane/native/lane-accounts.ts";
import { TestVertex } from "../../mesh/mesh.ts";
import { OwnFlowTalker, OwnTalker, ownAccounts } from "../../mesh/own-workloads.ts";
import { VirtualWorld } from "../../worlds/virtual-world.ts";
import { RecordingLane } from "./recording-lane.ts";

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

test("the thread knows how long workloads of a tunnel and of this process wait, and when attempts fail", async () => {
  const lane = new RecordingLane();
  const toWeb = { as: "user/alice", service: "web", path: 0 };
  const paths = [{ name: "nowhere", labels: [901], link: undefined, mtu: undefined }];
  const vertex = new TestVertex(world, {
    name: "a",
    openPlane: lane.openPlane,
    paths,
    tunnels: [{ ...toWeb, connectWaitMs: 0 }],
  });
  await vertex.start();
  expect(lane.ordered("setConnectWait")).toEqual([[0, 0]]);
  await vertex.reconfigure({ tunnels: [{ ...toWeb, connectWaitMs: 2_000 }] });
  expect(lane.ordered("setConnectWait")).toEqual([
    [0, 0],
    [0, 2_000],
  ]);
  const accounts = ownAccounts();
  accounts.streams.connectWaitMs = 1_000;
  const trunk = vertex.transport.join({ ...toWeb, trafficClass: TrafficClass.reliable });
  for (let opened = 0; opened < 2; opened++) {
    trunk.clients.openOwn(accounts.streams, (stream) => new OwnTalker(stream));
    trunk.clients.openOwnFlow(accounts, (flow) => new OwnFlowTalker(flow));
  }
  expect(lane.ordered("setConnectWait").slice(2)).toEqual([[OWN_ACCOUNTS_MIN, 1_000]]);
  await world.until(() => lane.ordered("setUnreachable").length > 0, 10_000);
  expect(lane.ordered("setUnreachable")).toEqual([[0, true]]);
});
