import { lstatSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { probeUnixDatagram } from "@florenetes/native";
import { badFrames } from "../bench/bad-frames.ts";
import type { Bench } from "../bench/bench.ts";
import type { PlayedSide } from "../bench/played-side.ts";
import type { VertexProcess } from "../bench/vertex-process.ts";
import { check, type Check, checkAlone } from "../check.ts";
import { demand } from "../judgement.ts";

const MODE = 0o660;
const MODE_MASK = 0o777;
const SETTLE_MS = 3_000;
/** A silence after which an attachment has ended. */
const SILENT_MS = 1_800;
const SPOKEN_TO_MS = 1_200;

/** A vertex at one of its sockets, and the partner there. */
export interface AtSocket {
  readonly side: PlayedSide;
  /** The path of the vertex's own socket. */
  readonly socket: string;
  /** Another process with the same config, which is not started yet. */
  readonly another: () => VertexProcess;
  /** Waits until the vertex and its partner understand each other. */
  readonly meet: () => Promise<void>;
  /** Brings a link up. @returns a function that demands that packets go over it */
  readonly link: () => Promise<() => Promise<void>>;
}

function statOf(path: string): ReturnType<typeof lstatSync> {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Checks of a vertex's sockets. FlorIO has the same requirements for both partners. */
export function socketChecks<OnBench extends Bench>(at: (bench: OnBench) => AtSocket): readonly Check<OnBench>[] {
  return [...fileChecks(at), ...partnerChecks(at)];
}

/** Checks of the socket's file. */
function fileChecks<OnBench extends Bench>(at: (bench: OnBench) => AtSocket): readonly Check<OnBench>[] {
  return [
    check("FI-10", "its socket has the path and the mode", async (bench) => {
      const { socket } = at(bench);
      const stat = statOf(socket);
      demand(stat?.isSocket() === true, `${socket} is no socket`);
      const mode = Number(stat.mode) & MODE_MASK;
      demand(mode === MODE, `its mode is 0${mode.toString(8)}`);
    }),
    check("FI-11", "a second process does not serve, and does not disturb the first", async (bench) => {
      const { socket, link, another } = at(bench);
      const carries = await link();
      const inode = statOf(socket)?.ino;
      const second = another();
      second.start();
      await second.untilEndedOr(SETTLE_MS);
      await second.kill();
      demand(statOf(socket)?.ino === inode, "the socket file is another one");
      await carries();
    }),
    check("FI-12", "a file in the way is left alone", async (bench) => {
      const { side, socket } = at(bench);
      await side.vertex.stop();
      rmSync(socket, { force: true });
      writeFileSync(socket, "not yours");
      try {
        side.vertex.start();
        await side.vertex.untilEndedOr(SETTLE_MS);
        const stat = statOf(socket);
        demand(stat?.isFile() === true && Number(stat.size) === 9, "the file is gone, or another one");
      } finally {
        await side.vertex.kill();
        rmSync(socket, { force: true });
      }
    }),
    check("FI-13", "the socket of a process that was killed is removed", async (bench) => {
      const { side, socket, meet } = at(bench);
      await side.vertex.kill();
      demand(statOf(socket)?.isSocket() === true, "a killed process has left no socket");
      await bench.restore();
      await meet();
    }),
    check("FI-17", "while it waits it binds anew where its file is gone", async (bench) => {
      const { side, socket, meet } = at(bench);
      side.closeSocket();
      await sleep(500);
      rmSync(socket);
      await side.until("another socket file", () => statOf(socket)?.isSocket());
      side.begin();
      await meet();
    }),
    check("FI-18", "at its end its socket file is gone", async (bench) => {
      const { side, socket } = at(bench);
      await side.vertex.stop();
      demand(statOf(socket) === undefined, "it is still there");
    }),
  ];
}

/** Checks of the socket while its partner comes and goes. */
function partnerChecks<OnBench extends Bench>(at: (bench: OnBench) => AtSocket): readonly Check<OnBench>[] {
  return [
    check("FI-14", "it waits for its partner, whoever is first", async (bench) => {
      const { side, socket, meet } = at(bench);
      side.closeSocket();
      await side.vertex.stop();
      side.vertex.start();
      await side.until("its socket", () => statOf(socket)?.isSocket());
      await sleep(500);
      side.begin();
      await meet();
    }),
    checkAlone("FI-15", "a heartbeat goes out as soon as it is connected", async (bench) => {
      const { side } = at(bench);
      const waits: number[] = [];
      for (let i = 0; i < 3; i++) {
        side.closeSocket();
        await sleep(300);
        side.begin();
        await side.until("a connection", () => side.isConnected);
        const heard = await side.until("a heartbeat", () => side.all("heartbeat")[0]);
        waits.push(heard.at - side.connectedAt);
      }
      const best = Math.min(...waits);
      demand(best < 250, `the fastest of ${waits.length} came after ${best.toFixed(0)} ms`);
    }),
    checkAlone(
      "FI-16",
      "a partner that has ended is found gone at once, and the next one connected to",
      async (bench) => {
        const { side, meet } = at(bench);
        const waits: number[] = [];
        for (let i = 0; i < 3; i++) {
          await meet();
          side.closeSocket(true);
          const start = performance.now();
          side.begin();
          await side.until("a connection", () => side.isConnected);
          await side.until("a heartbeat", () => side.all("heartbeat")[0]);
          waits.push(performance.now() - start);
        }
        const best = Math.min(...waits);
        demand(best < 1_000, `the fastest of ${waits.length} took ${best.toFixed(0)} ms`);
      },
    ),
    check("FI-23", "a socket stays connected to a partner that lives, whatever he says", async (bench) => {
      const { side, socket, meet } = at(bench);
      await meet();
      const inode = statOf(socket)?.ino;
      // A socket without a partner lets a probe connect. A socket that is connected to somebody else refuses it, and our sends.
      const isLoose = (): boolean => {
        return side.isConnected && probeUnixDatagram(socket) !== constants.errno.EPERM && statOf(socket)?.ino === inode;
      };
      const losses = side.losses.length;
      const hasTurned = (): boolean => {
        side.beat();
        return side.losses.slice(losses).includes("EPERM") || isLoose();
      };
      await side.never("a moment in which its socket was connected to somebody else", SPOKEN_TO_MS, hasTurned);
      for (const frame of badFrames(1, Buffer.from("packet"))) side.sendFrame(frame);
      side.isBeating = false;
      await side.never("a moment in which its socket was connected to nobody", SILENT_MS, isLoose);
      demand(!hasTurned(), "its socket is connected to somebody else");
      side.isBeating = true;
      await meet();
    }),
  ];
}
