import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { peerCredentials } from "../src/index.ts";

function listen(at: (folder: string) => string | number): {
  server: Server;
  accepted: Promise<Socket>;
  folder: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "peer-"));
  chmodSync(folder, 0o711);
  const server = createServer();
  const accepted = once(server, "connection").then(([socket]) => socket as Socket);
  server.listen(at(folder));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { server, accepted, folder };
}

test("both ends learn of the other one's process, user and groups", async () => {
  const { server, accepted, folder } = listen((folder) => join(folder, "socket"));
  await once(server, "listening");
  const client = connect(join(folder, "socket"));
  const socket = await accepted;
  onTestFinished(() => void [client.destroy(), socket.destroy()]);
  const own = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() };
  expect(peerCredentials(socket)).toMatchObject(own);
  expect(peerCredentials(client)).toMatchObject(own);
  const groups = [...new Set([process.getgid!(), ...process.getgroups!()])];
  expect(peerCredentials(socket)!.groups.toSorted((a, b) => a - b)).toEqual(groups.toSorted((a, b) => a - b));
});

test.runIf(process.getuid!() === 0)("another user is told with all its groups", async () => {
  const { server, accepted, folder } = listen((folder) => join(folder, "socket"));
  await once(server, "listening");
  chmodSync(join(folder, "socket"), 0o666);
  const program = `import os, socket, sys
os.setgroups([4001, 4002]); os.setgid(4000); os.setuid(3000)
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1)`;
  const child = spawn("python3", ["-c", program, join(folder, "socket")], { stdio: "ignore" });
  const socket = await accepted;
  const { pid, uid, gid, groups } = peerCredentials(socket)!;
  expect({ pid, uid, gid, groups: groups.toSorted((a, b) => a - b) }).toEqual({
    pid: child.pid,
    uid: 3000,
    gid: 4000,
    groups: [4000, 4001, 4002],
  });
  socket.destroy();
  await once(child, "exit");
});

test("a TCP socket has no peer of this kind, nor has one that is closed", async () => {
  const { server, accepted } = listen(() => 0);
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const socket = await accepted;
  expect(peerCredentials(socket)).toBeUndefined();
  client.destroy();
  socket.destroy();
  await once(socket, "close");
  expect(peerCredentials(socket)).toBeUndefined();
});
