import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { nodeTime as time } from "@florenetes/scheduling";
import { expect, onTestFinished, test } from "vitest";
import { WorldProbe } from "../../src/drivers/world-probe.ts";

test.each(["listens", "refuses"])("an address that %s has answered", async (way) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  if (way === "refuses") server.close();
  else onTestFinished(() => void server.close());
  const changed = Promise.withResolvers<boolean>();
  // Nothing answers at an address of nobody (RFC 5737), and one answer is enough.
  const targets = [
    { host: "192.0.2.1", port: 9 },
    { host: "127.0.0.1", port },
  ];
  const probe = new WorldProbe({ targets, time, onChange: changed.resolve });
  onTestFinished(() => probe.close());
  probe.start();
  expect(await changed.promise).toBe(true);
  expect(probe.watch).toMatchObject({ isThere: true, losses: 0, round: 1 });
});
