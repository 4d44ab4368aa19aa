import { machineCpuSeconds, totalCpuSeconds } from "../accounting.ts";
import { findProgram } from "../debian.ts";
import { SERVICES, type System } from "../system.ts";
import { runOnA, startOnD } from "./measure.ts";

export interface Throughput {
  readonly streams: number;
  readonly megabitsPerSecond: number;
  /** CPU time of the system's own processes; of the whole machine where the system is the kernel. */
  readonly cpuSecondsPerGigabyte: number;
  readonly isWholeMachine: boolean;
}

/** iperf3 from a to d. Processes that appear or end during the run are charged as far as they are there at both ends. */
export async function measureThroughput(
  system: System,
  streams: number,
  { seconds, settleSeconds }: { readonly seconds: number; readonly settleSeconds: number },
): Promise<Throughput> {
  const processes = system.processes();
  const isWholeMachine = processes.size === 0;
  const used = (): number => (isWholeMachine ? machineCpuSeconds() : totalCpuSeconds(processes));
  const before = used();
  const bulk = await withBulk(system, { streams, seconds, settleSeconds, limitMegabits: null });
  const spent = used() - before;
  return {
    streams,
    megabitsPerSecond: bulk.megabitsPerSecond,
    cpuSecondsPerGigabyte: spent / (bulk.bytes / 1e9),
    isWholeMachine,
  };
}

interface BulkOptions {
  readonly streams: number;
  readonly seconds: number;
  /** Before those, and not counted. */
  readonly settleSeconds: number;
  /** Null for as much as goes. */
  readonly limitMegabits: number | null;
}

interface Bulk {
  /** That arrived at d. */
  readonly bytes: number;
  readonly megabitsPerSecond: number;
}

/** Runs a bulk transfer from a to d, and something beside it; returns when both have ended. */
export async function withBulk(
  system: System,
  { streams, seconds, settleSeconds, limitMegabits }: BulkOptions,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Bulk> {
  const iperf = findProgram("iperf3").argv;
  const bind = ["--bind", system.serverHost, "--port", String(SERVICES.iperf)];
  const server = await startOnD(system, [...iperf, "--server", "--one-off", "--forceflush", ...bind], "listening");
  try {
    const { host, port } = system.target("iperf");
    const argv = [...iperf, "--client", host, "--port", String(port), "--json"];
    const length = ["--time", String(seconds), "--omit", String(settleSeconds)];
    const limit = limitMegabits === null ? [] : ["--bitrate", `${limitMegabits}M`];
    const running = runOnA(
      system,
      [...argv, ...length, "--parallel", String(streams), ...limit],
      (seconds + settleSeconds + 20) * 1000,
    );
    const [output] = await Promise.all([running, meanwhile()]);
    const { end } = JSON.parse(output) as { end: { sum_received: { bytes: number; bits_per_second: number } } };
    return { bytes: end.sum_received.bytes, megabitsPerSecond: end.sum_received.bits_per_second / 1e6 };
  } finally {
    server.kill("SIGKILL");
  }
}
