import { afterEach, beforeEach, expect, test } from "vitest";
import { FLOW_IDLE_MS } from "../../../../src/config/limits.ts";
import { TestVertex } from "../../mesh/mesh.ts";
import { PatientService } from "../../mesh/own-workloads.ts";
import { VirtualWorld } from "../../worlds/virtual-world.ts";
import { RecordingLane } from "./recording-lane.ts";

let world: VirtualWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

test("a service of this process takes its streams from the thread, and flows where it has some", async () => {
  const service = new PatientService();
  for (const [ownService, flowIdleMs] of [
    [service, FLOW_IDLE_MS],
    [{ dialStream: service.dialStream.bind(service) }, undefined],
  ] as const) {
    const lane = new RecordingLane();
    const target = { kind: "self", service: "echo" } as const;
    const b = new TestVertex(world, {
      name: "b",
      openPlane: lane.openPlane,
      services: [{ name: "web", label: 900, target }],
      ownService,
    });
    await b.start();
    expect(lane.ordered("setOwnService")).toEqual([[0, { flowIdleMs, tellsPrincipal: false, isStopped: false }]]);
    const asked = { kind: "streamAsked", workload: 7, service: 0, trafficClass: 0, peer: "user/alice" } as const;
    lane.streams.handleEvent({ ...asked, isFlow: false, tellsTaken: false });
    expect(service.streams.at(-1)!.caller.peer).toBe("user/alice");
  }
});
