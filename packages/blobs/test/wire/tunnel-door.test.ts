import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { Question } from "../../src/index.ts";
import { openTunnelDoor, tunnelTo } from "../../src/wire/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tunnel-door-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const question: Question<"have-shards"> = {
  op: "have-shards",
  collection: { scope: "cluster", name: "backup" },
  recoveryEpoch: 1,
  hashes: ["ab".repeat(32)],
};

test("each holder is asked at its own socket, and one without a socket gives no answer", async () => {
  for (const [node, has] of Object.entries({ b: true, c: false })) {
    const server = createServer((request, response) => {
      request.resume().once("end", () => response.end(JSON.stringify({ has: [has] })));
    });
    server.listen(tunnelTo(folder, node));
    await once(server, "listening");
    onTestFinished(() => void server.close());
  }
  using door = openTunnelDoor(folder);
  const { signal } = new AbortController();
  expect(await door.ask("b", question, signal)).toEqual({ has: [true] });
  expect(await door.ask("c", question, signal)).toEqual({ has: [false] });
  await expect(door.ask("d", question, signal)).rejects.toMatchObject({
    code: "ERR_STORAGE_UNREACHABLE",
    message: expect.stringContaining("ENOENT"),
  });
  await expect(door.ask("b", question, AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
});
