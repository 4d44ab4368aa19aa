import type { ChildProcess } from "node:child_process";

/** Ports on d that the workloads' servers listen on, and by which a system carries them to a. */
export const SERVICES = { iperf: 5201, echo: 7007 } as const;
export type ServiceName = keyof typeof SERVICES;

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
}

export type SystemFactory = () => Promise<System>;
