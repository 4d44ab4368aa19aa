/*
 *   d1 … d12 ───── h1, h2 ───── c1, c2, o1, o2, p1     devices in one process, each with a UDP socket of its own; hubs; coordinators, observers, a control node
 */
import { run } from "@florenetes/fleetload";
import { expect, it } from "vitest";

const DEVICES = 12;
/** All that is no device: two hubs, two coordinators, two observers, and the control node. */
const OTHERS = 7;
const MINUTES_MS = 600_000;

it(
  "devices with own keys and sockets join real hubs, report to both coordinators, and are back when central processes, and a hub, were killed",
  async () => {
    const { up, linksUp, reported, usage, central, hub } = await run({
      devices: DEVICES,
      seed: 0,
      measuredMs: 1_000,
      say: () => undefined,
      aborted: new AbortController().signal,
    });
    expect({ up: up.count, linksUp }).toEqual({ up: DEVICES, linksUp: DEVICES });
    expect(reported).toEqual([DEVICES + OTHERS, DEVICES + OTHERS]);
    expect(central).toMatchObject({ lost: DEVICES, count: DEVICES });
    expect(hub.lost).toBeGreaterThan(0);
    expect(hub.count).toBe(hub.lost);
    expect(usage.groups.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["coordinator fabric-flor", "observer fabric-flor", "control control-flor", "devices"]),
    );
  },
  MINUTES_MS,
);
