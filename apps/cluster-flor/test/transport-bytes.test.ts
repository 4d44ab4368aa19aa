import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { Client, Target, TestVertex, echo, joinInRow, sha256 } from "./transport-mesh.ts";

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

test("bytes go both ways through a tunnel", async () => {
  const target = await Target.listen(echo);
  cleanup.push(() => target.close());
  const a = new TestVertex({
    name: "a",
    paths: [{ name: "to-b", labels: [900] }],
    tunnels: [{ as: "user/alice", service: "web", path: 0 }],
  });
  const b = new TestVertex({ name: "b", services: [{ name: "web", label: 900, target: target.address }] });
  joinInRow(a, b);
  await b.start();
  await a.start();
  cleanup.push(
    () => b.stop(),
    () => a.stop(),
  );
  const client = new Client(a.port());
  const bytes = randomBytes(1_000_000);
  client.socket.end(bytes);
  expect(await client.ended()).toBe("end");
  expect(client.received).toBe(bytes.length);
  expect(client.hash.digest("hex")).toBe(sha256(bytes));
});
