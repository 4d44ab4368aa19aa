import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { ownProgram } from "../src/executables.ts";
import { RelayProcess } from "../src/relay-process.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  ends.push(() => socket.close());
  return socket;
}

test("a relay passes datagrams both ways, shows another port after a rebinding, and delays", async () => {
  const [acceptor, originator, spare] = await Promise.all([openSocket(), openSocket(), openSocket()]);
  const listen = spare.address();
  spare.close();
  ends.pop();
  const target = `127.0.0.1:${acceptor.address().port}`;
  const argv = [...ownProgram(), "relay", `127.0.0.1:${listen.port}`, target];
  const child = spawn(argv[0]!, argv.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  ends.push(() => child.kill("SIGKILL"));
  const relay = new RelayProcess(child);
  await relay.untilReady();

  const pass = async (text: string): Promise<number> => {
    originator.send(text, listen.port, "127.0.0.1");
    const [bytes, from] = (await once(acceptor, "message")) as [Buffer, RemoteInfo];
    acceptor.send(bytes, from.port, from.address);
    const [answer] = (await once(originator, "message")) as [Buffer];
    expect(answer.toString()).toBe(text);
    return from.port;
  };
  const first = await pass("one");
  expect(await pass("two")).toBe(first);
  await relay.tell({ rebind: true });
  expect(await pass("three")).not.toBe(first);
  await relay.tell({ impair: { delayMs: 50 } });
  const started = performance.now();
  await pass("four");
  expect(performance.now() - started).toBeGreaterThanOrEqual(99);
});
