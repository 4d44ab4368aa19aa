import { afterEach, beforeEach, expect, test } from "vitest";
import { proxyHeader } from "../../../src/transport/services/proxy-header.ts";
import { pair } from "../mesh/mesh.ts";
import { Client, Target } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

export const toldPrincipals: Suite = describeInWorlds("a target that wants to know", ({ open }) => {
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
