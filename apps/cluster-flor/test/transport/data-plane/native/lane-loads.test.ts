import { expect, test } from "vitest";
import { LaneLoads } from "../../../../src/transport/data-plane/native/lane-loads.ts";
import { RecordingLane } from "./recording-lane.ts";

test("a thread with streams is asked at each look", () => {
  const lane = new RecordingLane();
  lane.load = { streamsUntold: 0, memoryHeld: 500, workloads: 3, filesTaken: 0.25 };
  lane.waitedMs = 125;
  const loads = new LaneLoads(lane, 1_000);
  for (let second = 1; second <= 5; second++) {
    expect(loads.look(second * 1_000)).toEqual({ memory: 0.5, files: 0.25, thread: 0.5 });
    expect(lane.asked).toBe(second);
  }
});

test("a thread with nothing to do is left alone until it tells something, for eight seconds at most", () => {
  const lane = new RecordingLane();
  const loads = new LaneLoads(lane, 1_000);
  for (let second = 1; second <= 8; second++) loads.look(second * 1_000);
  expect(lane.asked).toBe(1);
  loads.look(9_000);
  expect(lane.asked).toBe(2);
  loads.handleEvent();
  loads.look(10_000);
  loads.look(11_000);
  expect(lane.asked).toBe(3);
});
