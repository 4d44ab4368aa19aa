import { type DataSession, type SessionEvent, sessionCodeName } from "@florenetes/data-session";
import { Code, codeName, codeText } from "../transport/codes.ts";

/** An event of one stream or flow. */
export type EndEvent = Extract<SessionEvent, { stream: number }>;

/** The session, as one of its streams or flows uses it. */
export interface EndHost {
  readonly session: DataSession;
  /** Whether more may be written: the workload reads what it is sent. */
  readonly hasRoom: boolean;
  /** The session was called: what follows from it is to be done. */
  plan(): void;
  /** Tells when there is room again. */
  waitForRoom(end: SessionEnd): void;
  /** The stream is over: nothing more is told of it. */
  forget(id: number): void;
}

/** A stream or flow of a session, joined to one of this process. */
export interface SessionEnd {
  handleEvent(event: EndEvent): void;
  /** The session is over, and with it the stream, by this code of the transport. */
  handleLost(code: number): void;
  /** The session has room again, for an end that has waited for it. */
  handleRoom(): void;
}

/** Codes of docs/protocol/data-session.md that no transport knows begin here. */
const OWN_CODES = 0x40;

/** The code by which a stream of the transport ends that a workload has reset: its own, as far as others may have it. */
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

/** The name of a code by which a session ends, for logs and counts. */
export function sessionEndName(code: number): string {
  return sessionCodeName(code) ?? codeName(code);
}
