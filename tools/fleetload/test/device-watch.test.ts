import { describe, expect, it } from "vitest";
import type { DeviceLook } from "../src/device/device.ts";
import { DeviceWatch } from "../src/worker/device-watch.ts";

const WHOLE: DeviceLook = { linksUp: 1, isNode: true, letters: 2, answered: 2, reports: 1, records: 20 };
const ALONE: DeviceLook = { ...WHOLE, linksUp: 0, isNode: false };

describe("a device", () => {
  it("is up once it has a link, is a node, and was answered", () => {
    const watch = new DeviceWatch();
    watch.handleLook({ ...WHOLE, answered: 0 }, 1);
    expect(watch.upAt).toBeUndefined();
    watch.handleLook(WHOLE, 2);
    watch.handleLook(ALONE, 3);
    watch.handleLook(WHOLE, 4);
    expect(watch.upAt).toBe(2);
  });

  it("is back from the death of coordinators when one of them has answered since", () => {
    const watch = new DeviceWatch();
    watch.handleLook(WHOLE, 1);
    watch.mark("coordinators");
    watch.handleLook({ ...WHOLE, letters: 9 }, 2);
    expect(watch.backAt).toBeUndefined();
    watch.handleLook({ ...ALONE, answered: 3 }, 3);
    expect(watch.backAt).toBeUndefined();
    watch.handleLook({ ...WHOLE, answered: 3 }, 4);
    expect(watch.backAt).toBe(4);
  });

  it("has lost nothing by the death of a hub that it has no link to", () => {
    const watch = new DeviceWatch();
    watch.handleLook(WHOLE, 1);
    watch.mark("hub");
    watch.handleLook({ ...WHOLE, answered: 3 }, 2);
    expect([watch.isLost, watch.backAt]).toEqual([false, undefined]);
  });

  it("is back from the death of its hub when a coordinator has answered it over another link", () => {
    const watch = new DeviceWatch();
    watch.handleLook(WHOLE, 1);
    watch.mark("hub");
    watch.handleLook({ ...ALONE, answered: 3 }, 2);
    watch.handleLook({ ...WHOLE, answered: 3 }, 3);
    expect([watch.isLost, watch.backAt]).toEqual([true, undefined]);
    watch.handleLook({ ...WHOLE, answered: 4 }, 4);
    expect(watch.backAt).toBe(4);
  });
});
