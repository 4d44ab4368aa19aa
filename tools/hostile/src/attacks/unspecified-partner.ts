import type { ProcessName } from "@florenetes/meshlab";
import type { Attack } from "../attack.ts";

export const unspecifiedPartner: Attack = {
  name: "unspecified-partner",
  by: "partner process",
  description:
    "A partner on FlorIO's sockets dissolves their association (connect(2) with AF_UNSPEC), which once aborted the other process.",
  held: "neither process ends.",
  isAlone: true,
  run: async (ground) => {
    const ends = { packets: 0, bytes: 0 };
    const fallen: string[] = [];
    for (const [away, there] of [
      ["link-flor", "cluster-flor"],
      ["cluster-flor", "link-flor"],
    ] as const) {
      const config = /bind: ([^,\s]+), connect: ([^,\s]+)/;
      const bind = ground.text("m", away, config);
      const connect = ground.text("m", there, config);
      await ground.lab.kill("m", away);
      const { packets, bytes } = await ground.strikeBeside("m", "unspecified", { bind, connect, count: 3 });
      ends.packets += packets;
      ends.bytes += bytes;
      if (!isRunning(there)) fallen.push(there);
      ground.lab.start("m", away);
      if (!isRunning(there)) ground.lab.start("m", there);
      await ground.lab.untilReady();
    }
    const text = fallen.length === 0 ? "neither of its partners ended" : `${fallen.join(" and ")} aborted`;
    return { ...ends, checks: [{ isHeld: fallen.length === 0, text }] };

    function isRunning(name: ProcessName): boolean {
      return ground.lab.pids().some(({ node, process }) => node === "m" && process === name);
    }
  },
};
