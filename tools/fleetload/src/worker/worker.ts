/** A worker: a process with many devices, which does what the command says. */
import { setTimeout as sleep } from "node:timers/promises";
import { chooseEngine, openEngine } from "@florenetes/quic";
import { CountingLog } from "../device/counting-log.ts";
import { Device } from "../device/device.ts";
import { sharedMachine } from "../device/shared-machine.ts";
import { JOINING_MAX, LOOK_MS } from "../limits.ts";
import { DeviceWatch } from "./device-watch.ts";
import type { DeviceStart, WorkerAnswer, WorkerLook, WorkerOrder } from "./messages.ts";

const devices = new Map<Device, DeviceWatch>();
const { log, counts } = new CountingLog();
const engine = await openEngine(chooseEngine("auto"));
const machine = sharedMachine(log);

process.on("message", (order: WorkerOrder) => {
  perform(order).catch((error: unknown) => say({ kind: "failed", text: String((error as Error).stack ?? error) }));
});
// Whoever has started the worker has died.
process.on("disconnect", () => process.exit(1));
setInterval(lookAtAll, LOOK_MS);

async function perform(order: WorkerOrder): Promise<void> {
  switch (order.kind) {
    case "start":
      return startAll(order.devices);
    case "mark":
      for (const watch of devices.values()) watch.mark(order.died);
      return undefined;
    case "look":
      return say(lookOf());
    case "close":
      await Promise.all([...devices.keys()].map((device) => device[Symbol.asyncDispose]()));
      process.exit(0);
  }
}

/** Starts devices one by one, while no more than so many of those before are on their way. */
async function startAll(all: readonly DeviceStart[]): Promise<void> {
  for (const start of all) {
    while (joining() >= JOINING_MAX) await sleep(LOOK_MS);
    devices.set(await Device.open({ ...start, engine, machine, log }), new DeviceWatch());
    // Devices that run have their turns in between.
    await sleep(0);
  }
}

/** Devices that have not been up yet. */
function joining(): number {
  return [...devices.values()].filter(({ upAt }) => upAt === undefined).length;
}

function lookAtAll(): void {
  const wall = Date.now();
  for (const [device, watch] of devices) watch.handleLook(device.look(), wall);
}

function lookOf(): WorkerLook {
  const all = [...devices.values()];
  const sum = (of: (watch: DeviceWatch) => number): number => all.reduce((total, watch) => total + of(watch), 0);
  return {
    kind: "look",
    started: all.length,
    up: all.filter(({ isUp }) => isUp).length,
    linksUp: sum(({ look }) => look?.linksUp ?? 0),
    upAt: all.flatMap(({ upAt }) => upAt ?? []),
    lost: all.filter(({ isLost }) => isLost).length,
    backAt: all.flatMap(({ backAt }) => backAt ?? []),
    letters: sum(({ look }) => look?.letters ?? 0),
    answered: sum(({ look }) => look?.answered ?? 0),
    reports: sum(({ look }) => look?.reports ?? 0),
    recordsMax: Math.max(0, ...all.map(({ look }) => look?.records ?? 0)),
    warnings: Object.fromEntries(counts),
  };
}

function say(answer: WorkerAnswer): void {
  process.send!(answer);
}
