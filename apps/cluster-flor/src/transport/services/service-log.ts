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

  /** Logs an end only when this end has disconnected the peer: the originator then connects again, and this is the only warning. */
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

  /** The link stands for the unknown peer: strangers behind one link do not silence those behind another. */
  handleRefused(end: ConnectionEnd, inLink: number): void {
    // A handshake that the peer did not continue is no event; a refused one may point to a mistake in a config.
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

/** Whether this end has disconnected a peer that it had let in. */
function isCut({ code, cause }: ConnectionEnd): boolean {
  return isJudgement(code) || (cause === "local" && (code === Code.notAllowed || code === Code.wrongClass));
}

/** The text that tells the peer that a service does not accept its class. */
export function wrongClassText(service: string, trafficClass: TrafficClass): string {
  return `service ${service} takes no traffic of class ${TRAFFIC_CLASS_NAMES[trafficClass]}`;
}
