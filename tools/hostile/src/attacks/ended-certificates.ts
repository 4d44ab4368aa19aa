import { openCa } from "@florenetes/identity/authority";
import type { Attack, Check } from "../attack.ts";
import { endOf } from "../course.ts";

const DAY_MS = 86_400_000;
/** Life of the certificates: long enough for links to come up. */
const LIFE_MS = 8_000;
const HELD_S = 20;

export const endedCertificates: Attack = {
  name: "ended-certificates",
  by: "holder of an ended certificate",
  description:
    "Makes a link with a vertex's certificate, and a connection with a user's, that end 8 s after they were issued, and goes on with both.",
  held: "both are closed when the certificates have ended.",
  run: async (ground) => {
    const own = ground.lab.identityFolder("m", "brief");
    const ca = openCa(ground.lab.caFolder);
    const ends = { packets: 0, bytes: 0 };
    const checks: Check[] = [];
    for (const [over, kind, name] of [
      ["link", "vertex", "vertex"],
      ["end", "user", "carol"],
    ] as const) {
      const issuedAt = new Date(Date.now() - DAY_MS + LIFE_MS);
      ca.issueInto(`${own}/${name}`, { kind, name: over === "link" ? "m" : name, days: 1 }, issuedAt);
      const strike = await ground.strike("ended", { over, seconds: HELD_S });
      ends.packets += strike.packets;
      ends.bytes += strike.bytes;
      checks.push({
        isHeld: strike.code !== null,
        text: `${over === "link" ? "the link" : "end to end"}: ${endOf(strike)}`,
      });
    }
    return { ...ends, checks };
  },
};
