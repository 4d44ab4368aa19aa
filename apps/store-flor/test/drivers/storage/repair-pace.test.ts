import { nodeTime } from "@florenetes/scheduling";
import { expect, test } from "vitest";
import { RepairPace } from "../../../src/drivers/storage/repair-pace.ts";

test("whoever stops waits no longer, and has met no fault", async () => {
  const pace = new RepairPace(1, nodeTime);
  const ending = new AbortController();
  const waiting = pace.wait(1_000_000, ending.signal);
  ending.abort(new Error("store-flor stops"));
  await expect(waiting).resolves.toBeUndefined();
  await expect(pace.wait(1, ending.signal)).resolves.toBeUndefined();
});

test("without a rate nobody waits", async () => {
  const pace = new RepairPace(1, nodeTime);
  pace.handleRate(undefined);
  await pace.wait(1_000_000, new AbortController().signal);
});
