import { FLOW_IDLE_MS } from "../../../config/limits.ts";
import type { ServedService, Serving } from "../../services/serving.ts";
import type { LaneAccounts } from "./lane-accounts.ts";
import type { TransportLane } from "./transport-lane.ts";

/** Tells the data thread where the streams of one service go. */
export class NativeServing implements Serving {
  readonly #lane: TransportLane;
  readonly #accounts: LaneAccounts;
  readonly #service: ServedService;
  #neededGrant = false;

  constructor(lane: TransportLane, accounts: LaneAccounts, service: ServedService) {
    this.#lane = lane;
    this.#accounts = accounts;
    this.#service = service;
    this.handleChange();
  }

  acceptStreams(): undefined {
    return undefined;
  }

  handleChange(): void {
    const { number, config, own, account: streams, flowAccount, isStopped, grant } = this.#service;
    const { target, tellsPrincipal, flowIdleMs = FLOW_IDLE_MS } = config;
    const takesFlows = own === undefined ? target.kind === "udp" : own.dialFlow !== undefined;
    const serving = { flowIdleMs: takesFlows ? flowIdleMs : undefined, tellsPrincipal, isStopped };
    this.#accounts.setService(number, { streams, flows: flowAccount });
    if (grant.until !== undefined || this.#neededGrant) this.#lane.setGrant(number, grant.until);
    this.#neededGrant = grant.until !== undefined;
    if (own === undefined) return this.#lane.setService(number, target, serving);
    this.#lane.streams.serve(number, own, flowAccount);
    this.#lane.setOwnService(number, serving);
  }

  /** The thread ends its part by itself. Bytes that it has handed to this process wait in events. */
  handleGrantEnd(): void {
    this.#lane.streams.endService(this.#service.number);
  }

  close(): void {
    const { number } = this.#service;
    this.#accounts.setService(number, undefined);
    this.#lane.forgetService(number);
  }
}
