import { machineCpuSeconds, totalCpuSeconds } from "../accounting.ts";
import type { System } from "../system.ts";
import { runOnA, startOnD, untilQuiet } from "./measure.ts";

export interface Throughput {
  readonly streams: number;
  readonly megabitsPerSecond: number;
  /** Of the system's own processes; of the whole machine where the system is the kernel. */
  readonly cpuSecondsPerGigabyte: number;
  readonly isWholeMachine: boolean;
  readonly idleLoad: number;
}

/** iperf3 from a to d. Processes that appear or end during the run are charged as far as they are there at both ends. */
export async function measureThroughput(system: System, streams: number, seconds: number): Promise<Throughput> {
  const server = await startOnD(
    system,
    ["iperf3", "--server", "--one-off", "--forceflush", "--bind", system.serverHost, "--port", "5201"],
    "Server listening",
  );
  try {
    const idleLoad = await untilQuiet();
    const processes = system.processes();
    const isWholeMachine = processes.size === 0;
    const used = (): number => (isWholeMachine ? machineCpuSeconds() : totalCpuSeconds(processes));
    const before = used();
    const { host, port } = system.target("iperf");
    const argv = ["iperf3", "--client", host, "--port", String(port), "--json", "--time", String(seconds)];
    const output = await runOnA(system, [...argv, "--parallel", String(streams)], (seconds + 20) * 1000);
    const spent = used() - before;
    const { end } = JSON.parse(output) as { end: { sum_received: { bytes: number; bits_per_second: number } } };
    return {
      streams,
      megabitsPerSecond: end.sum_received.bits_per_second / 1e6,
      cpuSecondsPerGigabyte: spent / (end.sum_received.bytes / 1e9),
      isWholeMachine,
      idleLoad,
    };
  } finally {
    server.kill("SIGKILL");
  }
}
