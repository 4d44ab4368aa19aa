import { type DataSession, type SessionEvent, sessionCodeName } from "@florenetes/data-session";
import type { OwnFlow } from "../transport/own/own-flow.ts";
import { Code, codeName, codeText } from "../transport/codes.ts";

/** An event of one stream or flow. */
export type EndEvent = Extract<SessionEvent, { stream: number }>;

/** The session, as one of its streams or flows sees it. */
export interface EndHost {
  readonly session: DataSession;
  /** Whether more may be written, as the workload reads. */
  readonly hasRoom: boolean;
  /** To be called after each call of the session: plans a turn that does what follows from it. */
  plan(): void;
  /** Calls `handleRoom` when there is room again. */
  waitForRoom(end: SessionEnd): void;
  /** The stream is over: no more events follow. */
  forget(id: number): void;
}

/** A stream or flow of a session, joined to one of the transport. */
export interface SessionEnd {
  /** The flow of the transport, where the data plane can read the session's socket for it; undefined for streams, too. */
  readonly carried?: OwnFlow["carried"];
  handleEvent(event: EndEvent): void;
  /** The session is over, and with it the stream, by this code of the transport. */
  handleLost(code: number): void;
  /** The session has room again, after `waitForRoom`. */
  handleRoom(): void;
}

/** Codes from here on are those of docs/protocol/data-session.md that the transport does not know. */
const OWN_CODES = 0x40;

/** The transport's code for a stream that a workload has reset: the workload's own code, if it may have that one. */
export function transportCode(code: number, isFlow: boolean): number {
  const isOthers = code < OWN_CODES && (code !== Code.done || isFlow);
  return isOthers ? code : Code.workloadReset;
}

/** Resets a stream or flow of a session for a reason of the transport's. */
export function resetFor(host: EndHost, id: number, code: number, text: string): void {
  host.session.reset(id, code, code === Code.done ? text : codeText(code, text));
  host.forget(id);
  host.plan();
}

/** The name of a code that ends a session, for logs and counts. */
export function sessionEndName(code: number): string {
  return sessionCodeName(code) ?? codeName(code);
}
