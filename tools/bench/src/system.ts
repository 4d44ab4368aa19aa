import type { ChildProcess } from "node:child_process";

/** Ports on d that the workloads' servers listen on, and by which a system carries them to a. */
export const SERVICES = { iperf: 5201, echo: 7007 } as const;
export type ServiceName = keyof typeof SERVICES;

/** What can happen in the middle. The transit is b; the wire is the one between b and c. */
export type FaultName = "link vertex restarted" | "transit restarted" | "transit killed for 2 s" | "wire cut for 2 s";
export const OUTAGE_MS = 2_000;

/** One way to carry a's connections to d. What is measured is the same for each. */
export interface System extends AsyncDisposable {
  readonly name: string;
  readonly isEncryptedEndToEnd: boolean;
  /** Where a client on a connects to. */
  target(service: ServiceName): { readonly host: string; readonly port: number };
  /** Address that the servers on d listen on. */
  readonly serverHost: string;
  /** Starts a program on a node; its output is piped. */
  spawn(node: "a" | "d", argv: readonly string[]): ChildProcess;
  /** The system's own processes, by name: what CPU and memory are charged to. Empty for the kernel. */
  processes(): ReadonlyMap<string, number>;
  /** What it can be struck with. */
  readonly faults: readonly FaultName[];
  /** Makes a fault and mends it; resolves when all that was struck works again. */
  strike(fault: FaultName): Promise<void>;
  /** Brings back what does not come back by itself. */
  recover(): Promise<void>;
}

export type SystemFactory = () => Promise<System>;
