import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "../attack.ts";

const CLIENTS = 300;
const ASKED_MAX = 5;
const AGAIN_MS = 200;

export const idleAdminClients: Attack = {
  name: "idle-admin-clients",
  by: "local user",
  description: "Opens 300 connections to each admin socket, and says nothing: nobody else would learn the status.",
  held: "both processes tell their status meanwhile.",
  run: async (ground) => {
    const sockets: Socket[] = [];
    for (const name of ground.lab.processNames("v")) {
      const path = ground.text("v", name, /^admin: (\S+)/m);
      for (let i = 0; i < CLIENTS; i++) sockets.push(connect(path).on("error", () => undefined));
    }
    await Promise.race([once(sockets.at(-1)!, "connect"), once(sockets.at(-1)!, "close")]);
    // A client that is turned away asks again, as people do.
    let isHeld = false;
    for (let asked = 0; asked < ASKED_MAX && !isHeld; asked++) {
      await sleep(AGAIN_MS);
      const { linkFlor, clusterFlor } = await ground.status();
      isHeld = linkFlor !== undefined && clusterFlor !== undefined;
    }
    for (const socket of sockets) socket.destroy();
    return {
      packets: sockets.length,
      bytes: 0,
      checks: [{ isHeld, text: isHeld ? "both told their status" : "a status could not be had" }],
    };
  },
};
