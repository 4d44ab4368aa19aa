import type { RateLimitedLog } from "@florenetes/process-kit";
import { TRAFFIC_CLASS_NAMES } from "@florenetes/forwarding";
import { type ConnectionEnd, codeName, codeText } from "../codes.ts";
import type { RouteSwitched } from "../routes/switch-log.ts";
import type { TrunkOptions } from "./trunk-options.ts";

/** Logs the life of a trunk's connections. */
export class TrunkLog {
  readonly #log: RateLimitedLog;
  readonly #fields: { readonly as: string; readonly service: string; readonly path: string };
  /** Part of each entry's key, so that entries about one trunk do not silence those about another. */
  readonly #name: string;
  /** The far end, by its own name; "" before it has said it. */
  #vertex = "";

  constructor(log: RateLimitedLog, { as, service, path }: TrunkOptions) {
    this.#log = log;
    this.#fields = { as, service, path };
    this.#name = Object.values(this.#fields).join(" ");
  }

  /** @param vertex The far end, by its own name. */
  handleUp(vertex: string): void {
    const { service } = this.#fields;
    this.#vertex = vertex;
    this.#log.info(
      { code: "TRANSPORT_UP", ...this.#fields, vertex },
      `connected to service ${service} on ${vertex}`,
      this.#name,
    );
  }

  handleIdle(): void {
    const text = `nobody has used the connection to service ${this.#fields.service}: it is closed until somebody needs it`;
    this.#log.info({ code: "TRANSPORT_IDLE", ...this.#fields }, text, this.#name);
  }

  /** @param connections The connections that the trunk has. */
  handleUsedUp(connections: number): void {
    const { service } = this.#fields;
    const [their, how] = connections === 1 ? ["the connection", ""] : [`all ${connections} connections`, " each"];
    const text = `${their} to service ${service} ha${connections === 1 ? "s" : "ve"} as many streams as the service takes on one${how}: workloads wait for room, or for one more connection`;
    this.#log.info({ code: "STREAMS_USED_UP", ...this.#fields, connections }, text, this.#name);
  }

  /** The connections that there are go on, so nothing has failed for them. */
  handleNoneBeside(end: ConnectionEnd): void {
    const reason = codeName(end.code);
    const text = `no connection could be made beside those to service ${this.#fields.service}: ${codeText(end.code, end.text)}`;
    this.#log.info({ code: "NONE_BESIDE", ...this.#fields, reason, cause: end.cause }, text, this.#name, reason);
  }

  handleSwitched({ from, to, reason, recoveryMs, trafficClass }: RouteSwitched): void {
    const { service } = this.#fields;
    const taken = `${Math.round(recoveryMs)} ms`;
    this.#log.info(
      {
        code: "ROUTE_SWITCHED",
        ...this.#fields,
        class: TRAFFIC_CLASS_NAMES[trafficClass],
        from,
        to,
        reason,
        recoveryMs,
      },
      `service ${service} is reached by ${to} instead of ${from} (${reason}), ${taken} after it was lost`,
      this.#name,
    );
  }

  handleDown(end: ConnectionEnd): void {
    const reason = codeName(end.code);
    this.#log.warn(
      { code: "TRANSPORT_DOWN", ...this.#fields, reason, cause: end.cause },
      `the connection to service ${this.#fields.service}${this.#vertex && ` on ${this.#vertex}`} ended: ${codeText(end.code, end.text)}`,
      this.#name,
      reason,
    );
  }
}
