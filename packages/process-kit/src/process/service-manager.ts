import { notifyServiceManager } from "@florenetes/native";
import { nextRound } from "@florenetes/scheduling";

/** How often it is looked whether the line for people is another one. */
const LOOK_MS = 1_000;
/** Signs of life in the time after which the manager acts on silence: one that is late, and one that is left out, are forgiven. */
const SIGNS_PER_INTERVAL = 4;

/** A process that serves, as far as it shows itself. */
export interface ServingProcess {
  /** A line of status for people. It is asked for once a second, and sent when it has changed. */
  readonly statusLine: () => string;
  /** Whether what carries packets goes on: asked for before each sign of life, which is left out when it does not. */
  readonly isCarrying: () => boolean;
}

/** Told of what the process does, as sd_notify(3) describes it. Without a manager nothing happens. */
export interface ServiceManager {
  /** The process serves. From now on its event loop also says how things are and, where the manager wants to hear it, that it lives. */
  ready(process: ServingProcess): void;
  /** The process stops, and shows how in one line for people. */
  stopping(statusLine: string): void;
}

/** The manager that started this process: its socket is in `NOTIFY_SOCKET`, and how often it wants a sign of life in `WATCHDOG_USEC`. */
export function serviceManager(environment: NodeJS.ProcessEnv = process.env): ServiceManager {
  const { NOTIFY_SOCKET: socket = "", WATCHDOG_USEC: interval = "", WATCHDOG_PID: pid = "" } = environment;
  if (socket === "") return { ready: () => undefined, stopping: () => undefined };
  // A failed message is left alone: the manager acts on silence.
  const tell = (...states: readonly string[]): void => void notifyServiceManager(socket, states.join("\n"));
  const isAsked = pid === "" || Number(pid) === process.pid;
  const signMs = isAsked ? Math.floor(Number(interval) / 1_000 / SIGNS_PER_INTERVAL) : 0;
  let isStopping = false;
  return {
    ready({ statusLine, isCarrying }) {
      let told = statusLine();
      tell("READY=1", `STATUS=${told}`);
      atEachRound(LOOK_MS, () => {
        if (isStopping) return;
        const line = statusLine();
        if (line !== told) tell(`STATUS=${line}`);
        told = line;
      });
      if (signMs > 0) {
        atEachRound(signMs, () => {
          if (isCarrying()) tell("WATCHDOG=1");
        });
      }
    },
    stopping(statusLine) {
      isStopping = true;
      tell("STOPPING=1", `STATUS=${statusLine}`);
    },
  };
}

/** At multiples of the time, as all that a process does once a second: it does not wake up for this alone. The process does not wait for it. */
function atEachRound(intervalMs: number, act: () => void): void {
  const now = performance.now();
  const wait = Math.ceil(nextRound(now, intervalMs) - now);
  setTimeout(() => {
    act();
    atEachRound(intervalMs, act);
  }, wait).unref();
}
