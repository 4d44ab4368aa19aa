import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { nodeTime as time } from "@florenetes/scheduling";
import { expect, onTestFinished, test } from "vitest";
import { WorldProbe } from "../../src/drivers/world-probe.ts";

/** A port of this machine at which a program listens. */
async function listening(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A port of this machine at which none does. */
async function refusing(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("one address at which a program answers is enough", async () => {
  const changed = Promise.withResolvers<boolean>();
  // Nothing answers at an address of nobody (RFC 5737).
  const targets = [
    { host: "192.0.2.1", port: 9 },
    { host: "127.0.0.1", port: await refusing() },
    { host: "127.0.0.1", port: await listening() },
  ];
  const probe = new WorldProbe({ targets, time, onChange: changed.resolve });
  onTestFinished(() => probe.close());
  probe.start();
  expect(await changed.promise).toBe(true);
  expect(probe.watch).toMatchObject({ isThere: true, losses: 0, round: 1 });
});

test("a refusal is no answer, as routers and firewalls refuse, too", async () => {
  const changed = Promise.withResolvers<boolean>();
  const targets = [{ host: "127.0.0.1", port: await refusing() }];
  const probe = new WorldProbe({ targets, time, onChange: changed.resolve });
  onTestFinished(() => probe.close());
  probe.start();
  expect(await changed.promise).toBe(false);
  expect(probe.watch).toMatchObject({ isThere: false, losses: 0 });
}, 30_000);
