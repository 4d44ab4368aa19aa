import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CapturedCoordinator } from "../agents/captured-coordinator.ts";
import { CAPTURED_MESH, CAPTURED_SCENE } from "../agents/scene.ts";
import type { Attack } from "../attack.ts";
import { now } from "../clock.ts";
import { courseOf } from "../course.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";

/** Packets of 1,016 octets in a second, and the rate of the permit in kbit/s: half of them. */
const PER_SECOND = 500;
const RATE_KBITS = 2_000;
const LIFE_MS = 15_000;
const LOOK_MS = 20;
/** A void node loses what it has so soon where it is heard (docs/operate/fabric.md). */
const VOID_MS_MAX = 3_000;
/** A transit's allowance of time that may pass at once beside its rate, and the time in which what was permitted passes the queue. */
const AT_ONCE_S = 2;

export const endedPermit: Attack = {
  name: "ended-permit",
  by: "agent of a node",
  description:
    "Floods a route at twice the rate that its relay was permitted, and goes on when the permit has ended, as an origin does that ignores its end. Then its node is taken back.",
  held: "the relay lets the permitted rate pass and nothing after the end, counts what it drops, and closes the link of the void node within 3 s.",
  isByCommandAlone: true,
  mesh: CAPTURED_MESH,
  fabric: CAPTURED_SCENE,
  run: async (ground) => {
    await using coordinator = await CapturedCoordinator.take(ground, "c", ["v"]);
    const labels = ground.labels("v");
    const pair = [labels["m"]!, labels["h"]!].sort((one, other) => one - other);
    const [opened, until] = ["opened", "until"].map((name) => join(ground.lab.folder, name)) as [string, string];
    const route = [labels["h"]!, 7];
    await ground.fabric!.kill("m");
    const striking = ground.strike("ended_permit", { route, perSecond: PER_SECOND, seconds: 120, opened, until });
    let isOver = false;
    striking.catch(() => undefined).finally(() => (isOver = true)); // the strike is awaited later
    await eventually(async () => existsSync(opened) || isOver);
    const denied = await Counted.begin(ground);
    await sleep(2_000);
    const unpermitted = await denied.since();
    const body = { sets: [{ classes: ["reliable"], pairs: [[...pair, RATE_KBITS]] }] };
    const [said] = await coordinator.give("v", [
      coordinator.sign({ kind: "permits", subject: "v/c", body, endsIn: LIFE_MS }),
    ]);
    const end = now() + LIFE_MS;
    const limited = await Counted.begin(ground);
    await sleep(LIFE_MS - 3_000);
    const permitted = await limited.since();
    await sleep(end - now() + 2_000);
    const ended = await Counted.begin(ground);
    await sleep(3_000);
    const behind = await ended.since();
    const voided = now();
    await ground.fabric!.publish("v", [ground.fabric!.signVoid("node", "m")]);
    const isDown = async (): Promise<boolean> =>
      (await ground.status()).clusterFlor?.links.every(({ peer, state }) => peer !== "m" || state !== "up") === true;
    while (!(await isDown()) && now() - voided < 60_000) await sleep(LOOK_MS);
    const voidMs = now() - voided;
    writeFileSync(until, "");
    const strike = await striking;
    const most = Math.ceil(((permitted.seconds + AT_ONCE_S) * RATE_KBITS) / 8);
    return courseOf(
      strike,
      {
        isHeld: unpermitted.denied > 0,
        text: `before the permit ${unpermitted.denied} packets were dropped as transitDenied`,
      },
      {
        isHeld: said === "taken" && permitted.limited > 0 && permitted.gone * 1.016 <= most,
        text:
          `under it (${said ?? "no word"}) ${permitted.gone} packets passed in ${permitted.seconds.toFixed(0)} s (at most ${most} KB), ` +
          `and ${permitted.limited} were dropped as transitLimit`,
      },
      {
        isHeld: behind.denied > 0,
        text: `behind its end ${behind.denied} were dropped as transitDenied in ${behind.seconds.toFixed(0)} s`,
      },
      {
        isHeld: voidMs <= VOID_MS_MAX,
        text: `the void node's link was closed ${voidMs.toFixed(0)} ms after its record was handed in`,
      },
    );
  },
};

/** Counters of the relay, from a moment on. */
class Counted {
  readonly #ground: Ground;
  readonly #at = now();
  #before = { denied: 0, limited: 0, gone: 0 };

  private constructor(ground: Ground) {
    this.#ground = ground;
  }

  static async begin(ground: Ground): Promise<Counted> {
    const counted = new Counted(ground);
    counted.#before = await counted.#read();
    return counted;
  }

  async since(): Promise<{
    readonly denied: number;
    readonly limited: number;
    readonly gone: number;
    readonly seconds: number;
  }> {
    const { denied, limited, gone } = await this.#read();
    const before = this.#before;
    const seconds = (now() - this.#at) / 1000;
    return { denied: denied - before.denied, limited: limited - before.limited, gone: gone - before.gone, seconds };
  }

  async #read(): Promise<{ denied: number; limited: number; gone: number }> {
    const { clusterFlor } = await this.#ground.status();
    const { drops, forwarding } = clusterFlor as unknown as Forwarder;
    const { transitDenied, transitLimit } = drops.forwarding;
    const own = forwarding.transit.find(({ inLink, outLink }) => inLink === "m" && outLink === "h");
    return { denied: transitDenied ?? 0, limited: transitLimit ?? 0, gone: own?.packets ?? 0 };
  }
}

/** The parts of a cluster vertex's status that tell of transit. */
interface Forwarder {
  readonly drops: { readonly forwarding: Readonly<Record<string, number>> };
  readonly forwarding: {
    readonly transit: readonly { readonly inLink: string; readonly outLink: string; readonly packets: number }[];
  };
}
