import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { openLab } from "../src/index.ts";
import { PORT_MAX, PORT_MIN } from "../src/limits.ts";
import { PortClaims } from "../src/port-claims.ts";
import { LINE, STUBS } from "./lab-fixture.ts";

const HOST = "127.0.0.1";

describe("a port that is claimed", () => {
  test.each(["tcp", "udp"] as const)("is nobody else's until it is given up (%s)", async (transport) => {
    using one = new PortClaims();
    using two = new PortClaims();
    const port = await one.claimAny(transport, HOST);
    expect(port).toBeGreaterThanOrEqual(PORT_MIN);
    expect(port).toBeLessThanOrEqual(PORT_MAX);
    expect(await two.claim(transport, HOST, port)).toBe(false);
    expect(await one.claim(transport, HOST, port)).toBe(false);
    expect(await two.claim(transport, "127.0.0.2", port)).toBe(true);
    one[Symbol.dispose]();
    expect(await two.claim(transport, HOST, port)).toBe(true);
  });

  test("is none that another program has", async () => {
    using claims = new PortClaims();
    const server = createServer().listen(0, HOST);
    await once(server, "listening");
    const socket = createSocket("udp4").bind(0, HOST);
    await once(socket, "listening");
    const taken = { tcp: (server.address() as AddressInfo).port, udp: socket.address().port };
    expect(await claims.claim("tcp", HOST, taken.tcp)).toBe(false);
    expect(await claims.claim("udp", HOST, taken.udp)).toBe(false);
    await new Promise<void>((done) => server.close(() => socket.close(done)));
    expect(await claims.claim("tcp", HOST, taken.tcp)).toBe(true);
  });

  test("is one of this machine's addresses", async () => {
    using claims = new PortClaims();
    await expect(claims.claimAny("tcp", "192.0.2.1")).rejects.toMatchObject({ code: "ERR_LAB_NO_PORT" });
  });
});

test("labs that are opened at once do not get the same places, though none of their processes runs yet", async () => {
  using claims = new PortClaims();
  const wanted = await claims.claimAny("tcp", HOST);
  claims[Symbol.dispose]();
  const tunnels = LINE.tunnels!.map((tunnel) => ({ ...tunnel, listen: `tcp://${HOST}:${wanted}` }));
  const labs = await Promise.all([1, 2, 3].map(() => openLab({ ...LINE, tunnels }, STUBS)));
  try {
    const listens = labs.map((lab) => lab.tunnels[0]!.listen);
    expect(new Set(listens).size).toBe(3);
    expect(listens).toContain(tunnels[0]!.listen);
    const places = labs.flatMap(({ mesh }) => mesh.nodes.map(({ address, port }) => `${address} ${port}`));
    expect(new Set(places).size).toBe(9);
  } finally {
    await Promise.all(labs.map((lab) => lab.down()));
  }
  // A port is free again when its lab is down.
  await using lab = await openLab({ ...LINE, tunnels }, STUBS);
  expect(lab.tunnels[0]!.listen).toBe(tunnels[0]!.listen);
});
