import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataSession, Role, TRANSMIT_SIZE_MIN } from "@florenetes/data-session";
import { expect, onTestFinished, test } from "vitest";
import type { VpnConfig } from "../../src/config/vpn-config.ts";
import { listPools } from "../../src/drivers/list-pools.ts";

/** A vertex that tells these services, or lets nobody in. Returns its socket. */
async function vertex(services: readonly string[] | "refused" | undefined): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "flor-pools-"));
  const path = join(folder, "mesh.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => speak(socket, services));
  await new Promise<void>((done) => server.listen(path, done));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return path;
}

function speak(socket: Socket, services: readonly string[] | "refused" | undefined): void {
  const session = new DataSession({ role: Role.vertex, name: "node-a", isReaderFar: true }, 0);
  const out = new Uint8Array(TRANSMIT_SIZE_MIN);
  socket.on("data", (bytes) => {
    session.handleBytes(bytes, 0);
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      if (event.kind !== "authenticate") continue;
      if (services === "refused") session.close(4, "not on the list");
      else session.accept("user/alice", services);
    }
    const size = session.pollTransmit(out);
    socket.write(out.slice(0, size));
    if (session.isClosed) socket.end();
  });
}

const clientOf = (session: string): Pick<VpnConfig, "end"> =>
  ({ end: { kind: "up", session, pool: "main", service: "vpn-egress.main" } }) as unknown as VpnConfig;

test.each([
  [
    ["web", "vpn-egress.main", "vpn-egress.home", "vpn-egress"],
    ["home", "main"],
  ],
  [["web"], []],
])("the services %j are the pools %j", async (services, pools) => {
  expect(await listPools(clientOf(await vertex(services)))).toEqual(pools);
});

test("where nothing can be known, that is said", async () => {
  const codeOf = (config: Pick<VpnConfig, "end">): Promise<string> =>
    listPools(config).then(String, (error: { readonly code: string }) => error.code);
  expect(await codeOf(clientOf(await vertex(undefined)))).toBe("ERR_VPN_POOLS_UNTOLD");
  expect(await codeOf(clientOf(await vertex("refused")))).toBe("ERR_VPN_NO_SESSION");
  expect(await codeOf(clientOf("/nowhere/mesh.sock"))).toBe("ERR_VPN_NO_SESSION");
  expect(await codeOf({ end: { kind: "egress" } } as unknown as VpnConfig)).toBe("ERR_VPN_NO_CLIENT");
});
