export { SessionError, StreamError } from "./stream-errors.ts";
export type { DatagramRun } from "../streams.ts";
export { WorkloadFlow } from "./workload-flow.ts";
export { WorkloadSession, connectSession, openSession } from "./workload-session.ts";
export type { OpenStreamOptions, WorkloadSessionOptions } from "./workload-session.ts";
export { WorkloadStream } from "./workload-stream.ts";
