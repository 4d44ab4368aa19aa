/** A run: devices come up, it is measured what they cost, and processes are killed and started again. */
import { setTimeout as sleep } from "node:timers/promises";
import { BACK_MS_MAX, LOST_MS, POLL_MS, SETTLE_MS, STALE_ANSWERS_MS, UP_MS_MAX, UP_MS_PER_DEVICE } from "./limits.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";
import { makeDevices } from "./rest/make-devices.ts";
import { type CoordinatorLook, Rest } from "./rest/rest.ts";
import { measure, type Usage } from "./usage.ts";
import type { WorkerLook } from "./worker/messages.ts";
import { Workers } from "./worker/workers.ts";

export interface RunOptions {
  readonly devices: number;
  readonly seed: number;
  /** How long it is measured what all cost. */
  readonly measuredMs: number;
  readonly say: (text: string) => void;
  readonly aborted: AbortSignal;
}

/** How soon devices were back, in milliseconds since the kill, of those that have lost something. */
export interface Recovery extends Percentiles {
  readonly lost: number;
}

export interface Figures {
  readonly devices: number;
  readonly hubs: number;
  /** Milliseconds from the start of the first device until each was up: it has a link, is a node, reads its hub's records, and a coordinator has answered it. */
  readonly up: Percentiles;
  readonly joinsPerSecond: number;
  readonly linksUp: number;
  readonly lettersPerSecond: number;
  /** Reports that one coordinator has taken. */
  readonly reportsPerSecond: number;
  /** Nodes whose reports each coordinator holds. */
  readonly reported: readonly number[];
  readonly usage: Usage;
  readonly central: Recovery;
  readonly hub: Recovery;
  /** Warnings and errors of devices, by their codes. */
  readonly warnings: Readonly<Record<string, number>>;
}

export async function run(options: RunOptions): Promise<Figures> {
  const { devices, seed, say } = options;
  await using rest = await Rest.open(devices);
  say(`${rest.hubs.length} hubs, two coordinators, two observers and a control node run`);
  const starts = makeDevices(rest, devices);
  say(`${devices} devices have keys, certificates and records`);
  await using workers = new Workers();
  const startedAt = Date.now();
  workers.start(starts);
  const whole = await untilUp(workers, startedAt, options);
  const up = percentilesOf(whole.upAt.map((at) => at - startedAt));
  say(`${whole.up} of ${devices} are up, ${whole.linksUp} links`);
  await sleep(SETTLE_MS, undefined, { signal: options.aborted });
  const steady = await measureSteady(rest, workers, options);
  const central = await recover(workers, "coordinators", () => rest.restartCentral(), options);
  say(`the central processes were killed: ${central.count} of ${central.lost} are back`);
  const hub = await recover(workers, "hub", () => rest.restartHub(rest.hubs[seed % rest.hubs.length]!), options);
  say(`a hub was killed: ${hub.count} of ${hub.lost} are back`);
  const { warnings } = await workers.look();
  const joinsPerSecond = (1_000 * up.count) / Math.max(1, up.max ?? 1);
  return { devices, hubs: rest.hubs.length, up, joinsPerSecond, ...steady, central, hub, warnings };
}

/** Waits until all devices are up; where the time for that is over, goes on with those that are. */
async function untilUp(workers: Workers, startedAt: number, options: RunOptions): Promise<WorkerLook> {
  const { devices, say, aborted } = options;
  const deadline = startedAt + UP_MS_MAX + devices * UP_MS_PER_DEVICE;
  for (let looks = 0; ; looks++) {
    const look = await workers.look();
    if (look.up === devices || Date.now() > deadline) return look;
    if (looks % 10 === 0) say(`${look.started} started, ${look.linksUp} links, ${look.up} up`);
    await sleep(POLL_MS, undefined, { signal: aborted });
  }
}

type Steady = Pick<Figures, "linksUp" | "lettersPerSecond" | "reportsPerSecond" | "reported" | "usage">;

async function measureSteady(rest: Rest, workers: Workers, { measuredMs, aborted }: RunOptions): Promise<Steady> {
  const processes = [
    ...rest.processes().map(({ role, program, pid }) => ({ name: `${role} ${program}`, pid })),
    ...workers.pids.map((pid) => ({ name: "devices", pid })),
    { name: "fleetload", pid: process.pid },
  ];
  const [before, takenBefore] = [await workers.look(), takenBy(await rest.coordinators())];
  const end = measure(processes);
  await sleep(measuredMs, undefined, { signal: aborted });
  const usage = end();
  const [after, coordinators] = [await workers.look(), await rest.coordinators()];
  return {
    linksUp: after.linksUp,
    lettersPerSecond: (after.letters - before.letters) / usage.seconds,
    reportsPerSecond: (takenBy(coordinators) - takenBefore) / usage.seconds,
    reported: coordinators.map(({ reports }) => reports),
    usage,
  };
}

/** The reports that the busiest coordinator has taken: each has those of all nodes. */
function takenBy(coordinators: readonly CoordinatorLook[]): number {
  return Math.max(0, ...coordinators.map(({ taken }) => taken));
}

/** Kills something, and waits until all devices that have lost something by that are back. */
async function recover(
  workers: Workers,
  died: "coordinators" | "hub",
  kill: () => Promise<void>,
  { aborted }: RunOptions,
): Promise<Recovery> {
  const killedAt = Date.now();
  await kill();
  if (died === "coordinators") await sleep(STALE_ANSWERS_MS);
  workers.mark(died);
  for (;;) {
    await sleep(POLL_MS, undefined, { signal: aborted });
    const { lost, backAt } = await workers.look();
    const passed = Date.now() - killedAt;
    const isKnown = died === "coordinators" || passed > LOST_MS;
    if ((isKnown && backAt.length === lost) || passed > BACK_MS_MAX)
      return { ...percentilesOf(backAt.map((at) => at - killedAt)), lost };
  }
}
