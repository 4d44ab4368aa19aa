import { TRAFFIC_CLASS_NAMES, type TrafficClass } from "@florenetes/forwarding";
import type { RateLimitedLog } from "@florenetes/process-kit";
import { Code, type ConnectionEnd, codeName, codeText, isJudgement } from "../codes.ts";

/** Logs why connections to a service are refused, and why they end. */
export class ServiceLog {
  readonly #log: RateLimitedLog;
  readonly #service: string;

  constructor(log: RateLimitedLog, service: string) {
    this.#log = log;
    this.#service = service;
  }

  /** Tells of the end only where this end has thrown the peer out: the originator makes another one, and is warned. */
  handleDown(peer: string, end: ConnectionEnd): void {
    if (!isCut(end)) return;
    const service = this.#service;
    const reason = codeName(end.code);
    this.#log[end.cause === "local" ? "warn" : "info"](
      { code: "TRANSPORT_DOWN", service, peer, reason, cause: end.cause },
      `a connection of ${peer} to service ${service} ended: ${codeText(end.code, end.text)}`,
      peer,
      `${service} ${reason}`,
    );
  }

  /** Whoever it was, it came over this link: strangers behind one do not silence those behind another. */
  handleRefused(end: ConnectionEnd, inLink: number): void {
    // A handshake that nobody went on with is no event; one that was refused may be a mistake in a config.
    if (end.cause === "silent") return;
    const service = this.#service;
    const by = end.cause === "peer" ? "the originator" : "this vertex";
    const reason = codeName(end.code);
    this.#log.warn(
      { code: "TRANSPORT_REFUSED", service, reason, cause: end.cause },
      `a connection to service ${service} was refused by ${by}: ${codeText(end.code, end.text)}`,
      `link ${inLink}`,
      `${service} ${reason}`,
    );
  }

  handleWrongClass(peer: string, reason: string): void {
    const service = this.#service;
    this.#log.warn(
      { code: "TRANSPORT_REFUSED", service, peer, reason: codeName(Code.wrongClass), cause: "local" },
      `a connection of ${peer} was refused: ${reason}`,
      peer,
      `${service} class`,
    );
  }
}

/** Whether this end has thrown out a peer that it had let in. */
function isCut({ code, cause }: ConnectionEnd): boolean {
  return isJudgement(code) || (cause === "local" && (code === Code.notAllowed || code === Code.wrongClass));
}

/** Says for the peer that a service does not take its class. */
export function wrongClassText(service: string, trafficClass: TrafficClass): string {
  return `service ${service} takes no traffic of class ${TRAFFIC_CLASS_NAMES[trafficClass]}`;
}
