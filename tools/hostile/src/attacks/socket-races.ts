import { lstatSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Attack, Check } from "../attack.ts";
import { now } from "../clock.ts";

/** A program that replaces a socket by a symbolic link to the file, in one step, whenever the socket appears. */
const RACER = `
  const { lstatSync, renameSync, rmSync, symlinkSync } = require("node:fs");
  const { workerData: { path, file, turns } } = require("node:worker_threads");
  while (Atomics.load(turns, 1) === 0) {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) continue;
    rmSync(path + ".link", { force: true });
    symlinkSync(file, path + ".link");
    renameSync(path + ".link", path);
    Atomics.add(turns, 0, 1);
  }`;
/** The time that a start may take until its socket has come and was replaced. */
const START_MS_MAX = 20_000;
const LOOK_MS = 10;

export const socketRaces: Attack = {
  name: "socket-races",
  by: "local user",
  description:
    "Puts a symbolic link to a file of root in the place of a socket that a process has just made, before it sets owner and mode: " +
    "who follows links gives the file away.",
  held: "owner and mode of the file are what they were.",
  isAlone: true,
  run: async (ground, { isShort }) => {
    const file = `${ground.lab.folder}/precious`;
    writeFileSync(file, "precious", { mode: 0o600 });
    const before = attributesOf(file);
    const starts = isShort ? 2 : 12;
    const checks: Check[] = [];
    let races = 0;
    for (const [process, kind, pattern] of [
      ["cluster-flor", "the admin socket", /^admin: "?([^"\n]+)"?$/m],
      ["cluster-flor", "FlorIO's socket", /bind: ([^,\s]+)/],
    ] as const) {
      const path = ground.text("m", process, pattern);
      let [won, changed] = [0, 0];
      for (let start = 0; start < starts; start++) {
        if (isRunning()) await ground.lab.kill("m", process);
        const turns = new Int32Array(new SharedArrayBuffer(8));
        const racer = new Worker(RACER, { eval: true, workerData: { path, file, turns } });
        ground.lab.start("m", process);
        for (const from = now(); turns[0] === 0 && now() < from + START_MS_MAX;) await sleep(LOOK_MS);
        await sleep(LOOK_MS);
        Atomics.store(turns, 1, 1);
        await racer.terminate();
        rmSync(path, { force: true });
        won += Math.min(1, turns[0]!);
        if (attributesOf(file) !== before) changed++;
      }
      races += won;
      checks.push({
        isHeld: won > 0 && changed === 0,
        text: `${kind}: replaced in ${won} of ${starts} starts, the file changed in ${changed}`,
      });

      function isRunning(): boolean {
        return ground.lab.pids().some((each) => each.node === "m" && each.process === process);
      }
    }
    return { packets: races, bytes: 0, checks };
  },
};

function attributesOf(file: string): string {
  const { uid, gid, mode } = lstatSync(file);
  return [uid, gid, mode.toString(8)].join(" ");
}
