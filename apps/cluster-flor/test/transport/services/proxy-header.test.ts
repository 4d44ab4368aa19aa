import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { proxyHeader } from "../../../src/transport/services/proxy-header.ts";
import { pair } from "../mesh/mesh.ts";
import { Client, Target } from "../mesh/workloads.ts";
import { everyWorld } from "../worlds/both-worlds.ts";
import type { TransportWorld } from "../worlds/world.ts";

const url = new URL("../../../vectors/proxy-headers.json", import.meta.url);
const { headers } = JSON.parse(readFileSync(url, "utf8")) as { headers: { principal: string; hex: string }[] };

test.each(headers)("the header of $principal", ({ principal, hex }) => {
  expect(Buffer.from(proxyHeader(principal)).toString("hex")).toBe(hex);
});

describe.each(everyWorld)("a target that wants to know, $where,", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("is told who has connected, before all bytes of each connection", async () => {
    const heard: Buffer[] = [];
    const target = await Target.listen(world, (socket) => {
      let all = Buffer.alloc(0);
      socket.on("data", (bytes: Uint8Array) => (all = Buffer.concat([all, bytes])));
      socket.on("end", () => {
        heard.push(all);
        socket.end("answer");
      });
    });
    const services = [{ name: "web", label: 900, target: target.address, tellsPrincipal: true }];
    const { a } = await pair(world, target.address, { b: { services } });
    for (const question of ["first", "again", ""]) {
      const client = new Client(world, a.port());
      client.socket.end(question);
      expect([await client.ended(), client.received]).toEqual(["end", 6]);
    }
    const header = proxyHeader("user/alice");
    expect(heard).toEqual(["first", "again", ""].map((said) => Buffer.concat([header, Buffer.from(said)])));
  });
});
