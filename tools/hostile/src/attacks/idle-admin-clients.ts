import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Attack } from "../attack.ts";

const CLIENTS = 300;

export const idleAdminClients: Attack = {
  name: "idle-admin-clients",
  by: "local user",
  description: "Opens 300 connections to each admin socket, and says nothing: nobody else would learn the status.",
  held: "both processes tell their status meanwhile.",
  run: async (ground) => {
    const sockets: Socket[] = [];
    for (const name of ground.victims.keys()) {
      const path = ground.text("v", name, /^admin: (\S+)/m);
      for (let i = 0; i < CLIENTS; i++) sockets.push(connect(path).on("error", () => undefined));
    }
    await Promise.race([once(sockets.at(-1)!, "connect"), once(sockets.at(-1)!, "close")]);
    const { linkFlor, clusterFlor } = await ground.status();
    for (const socket of sockets) socket.destroy();
    const isHeld = linkFlor !== undefined && clusterFlor !== undefined;
    return {
      packets: sockets.length,
      bytes: 0,
      checks: [{ isHeld, text: isHeld ? "both told their status" : "a status could not be had" }],
    };
  },
};
