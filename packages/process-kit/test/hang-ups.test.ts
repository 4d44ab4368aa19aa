import { expect, test } from "vitest";
import { catchHangUps } from "../src/index.ts";

const arrived = (): Promise<void> => new Promise((done) => process.once("SIGHUP", () => done()));

test("a hang-up before the process is ready is made good, and later ones act at once", async () => {
  let handled = 0;
  const onHangUp = catchHangUps();
  for (let i = 0; i < 2; i++) {
    const hangUp = arrived();
    process.kill(process.pid, "SIGHUP");
    await hangUp;
  }
  onHangUp(() => handled++);
  expect(handled).toBe(1);
  const hangUp = arrived();
  process.kill(process.pid, "SIGHUP");
  await hangUp;
  expect(handled).toBe(2);
});
