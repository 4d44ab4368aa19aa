import type { DeviceProfile } from "@florenetes/facts";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { expect, onTestFinished, test, vi } from "vitest";
import { UNKNOWN_DEVICE } from "../../src/agent/device/device-facts.ts";
import { DeviceDriver } from "../../src/drivers/device-driver.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const ignore = (): void => undefined;
const log: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => log };

/** All facts that a driver tells. */
function toldBy(metered: boolean, script?: string): readonly DeviceProfile[] {
  const told: DeviceProfile[] = [];
  const command = script === undefined ? undefined : ["/bin/sh", "-c", script];
  const driver = new DeviceDriver({ command, metered, time: nodeTime, log, onFacts: (facts) => told.push(facts) });
  onTestFinished(() => driver[Symbol.asyncDispose]());
  driver.start();
  return told;
}

test.each([true, false])("a machine is always on, and what a byte costs is the operator's word (%s)", (metered) => {
  expect(toldBy(metered)).toMatchObject([{ metered, foreground: true }]);
});

test("a command is told as soon as it says something else, and at once that nothing is known before", async () => {
  const told = toldBy(false, `echo '{"charging":true,"metered":false}'; exec sleep 1000`);
  expect(told).toEqual([UNKNOWN_DEVICE]);
  await vi.waitFor(() => expect(told).toHaveLength(2), PATIENCE);
  expect(told[1]).toEqual({ ...UNKNOWN_DEVICE, charging: true, metered: false });
});

test("no command takes back that the operator pays for each byte", async () => {
  const told = toldBy(true, `echo '{"charging":true,"metered":false}'; exec sleep 1000`);
  await vi.waitFor(() => expect(told).toHaveLength(2), PATIENCE);
  expect(told[1]).toMatchObject({ charging: true, metered: true });
});

test("changes that come in one second are told together", async () => {
  const told = toldBy(false, `for i in 1 2 3 4 5; do echo "{\\"battery\\":$i}"; done; exec sleep 1000`);
  await vi.waitFor(() => expect(told.at(-1)?.battery).toBe(5), PATIENCE);
  expect(told.length).toBeLessThanOrEqual(3);
});
