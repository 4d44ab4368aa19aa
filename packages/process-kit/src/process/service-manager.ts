import { notifyServiceManager } from "@florenetes/native";
import { untilRound } from "@florenetes/scheduling";

/** The interval of looks for a new status line. */
const LOOK_MS = 1_000;
/** Signs of life within the manager's limit of silence: one late sign and one missing sign are forgiven. */
const SIGNS_PER_INTERVAL = 4;

/** A serving process, as the service manager sees it. */
export interface ServingProcess {
  /** A line of status for people: asked for once a second, and sent when it has changed. */
  readonly statusLine: () => string;
  /** Whether packets are still carried: asked before each sign of life, which is left out when it does not. */
  readonly isCarrying: () => boolean;
}

/** Tells the service manager what the process does, as sd_notify(3) describes. Does nothing without a manager. */
export interface ServiceManager {
  /** The process serves. From now on its event loop sends status lines and, where the manager wants them, signs of life. */
  ready(process: ServingProcess): void;
  /** The process stops; the line tells people how. */
  stopping(statusLine: string): void;
}

/**
 * The manager that started this process: its socket is in `NOTIFY_SOCKET`, the interval of signs of life that it wants
 * in `WATCHDOG_USEC`.
 */
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

/**
 * Acts at multiples of the interval, together with the process's other periodic work: it does not wake up for this
 * alone. The timer does not keep the process alive.
 */
function atEachRound(intervalMs: number, act: () => void): void {
  setTimeout(
    () => {
      act();
      atEachRound(intervalMs, act);
    },
    untilRound(performance.now(), intervalMs),
  ).unref();
}
