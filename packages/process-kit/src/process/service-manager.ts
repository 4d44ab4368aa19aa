import { notifyServiceManager } from "@florenetes/native";

/** Told of what the process does, as sd_notify(3) describes it. Without a manager nothing happens. */
export interface ServiceManager {
  /** The process serves. From now on its event loop also says that it lives, where the manager wants to hear it. */
  ready(): void;
  stopping(): void;
}

/** The manager that started this process: its socket is in `NOTIFY_SOCKET`, and how often it wants a sign of life in `WATCHDOG_USEC`. */
export function serviceManager(environment: NodeJS.ProcessEnv = process.env): ServiceManager {
  const { NOTIFY_SOCKET: socket = "", WATCHDOG_USEC: interval = "", WATCHDOG_PID: pid = "" } = environment;
  // A failed message is left alone: the manager acts on silence.
  const tell = (state: string): void => void (socket !== "" && notifyServiceManager(socket, state));
  const signMs = pid === "" || Number(pid) === process.pid ? Math.floor(Number(interval) / 2_000) : 0;
  return {
    ready() {
      tell("READY=1");
      if (signMs > 0) setInterval(() => tell("WATCHDOG=1"), signMs).unref();
    },
    stopping: () => tell("STOPPING=1"),
  };
}
