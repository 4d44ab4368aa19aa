import assert from "node:assert";
import { FLOW_IDLE_MS } from "../../../config/limits.ts";
import type { EngineConnection } from "../../connections/engine-connection.ts";
import type { OwnCaller } from "../../own/own-service.ts";
import type { ServedService, Serving } from "../../services/serving.ts";
import { type OpeningConnection, OpeningStreams } from "../../streams/opening-streams.ts";
import type { TransportPlaneHost } from "../transport-plane.ts";
import { ownFlowTarget } from "./own-flow-target.ts";
import type { FlowTarget } from "./service-flow.ts";
import { ServiceFlows } from "./service-flows.ts";

/** Serves the streams and flows of one service in this process: dials its target for each of them. */
export class PortableServing implements Serving {
  readonly #host: TransportPlaneHost;
  readonly #service: ServedService;
  /** Undefined for a service of streams. */
  #flows: ServiceFlows | undefined;

  constructor(host: TransportPlaneHost, service: ServedService) {
    this.#host = host;
    this.#service = service;
    this.handleChange();
  }

  acceptStreams(connection: EngineConnection, streams: OpeningConnection): OpeningStreams {
    const service = this.#service;
    const { account } = service;
    const share = this.#host.limits.streamsPerConnection;
    const caller = (): OwnCaller => ({ peer: connection.peer!, trafficClass: connection.trafficClass });
    return new OpeningStreams(this.#host, streams, {
      service,
      caller,
      account,
      now: this.#host.now,
      openFlow: (stream, dialled) => {
        const origin = { flows: connection.flows, stream, group: connection.peer! };
        return this.#flows!.open(origin, this.#flowTarget(caller()), dialled);
      },
      handleOpened: (count) => service.handleOpened(connection, count, share),
      handleFailed: () => service.handleFailedStreams(connection, 1),
    });
  }

  handleChange(): void {
    const { flowAccount, config, isStopped } = this.#service;
    const idleMs = config.flowIdleMs ?? FLOW_IDLE_MS;
    if (flowAccount !== undefined) this.#flows ??= new ServiceFlows(this.#host, flowAccount, idleMs);
    this.#flows?.setIdle(idleMs);
    if (isStopped) this.#flows?.stop();
  }

  /** Nothing to do: streams and flows end with their connections, before the turn goes on. */
  handleGrantEnd(): void {}

  /** Nothing to do: streams end with their connections, and the flows ended when the service stopped. */
  close(): void {}

  #flowTarget(caller: OwnCaller): FlowTarget {
    const { own, config, flowAccount } = this.#service;
    const { datagrams, limits, soon } = this.#host;
    assert(flowAccount !== undefined, "a service that takes flows counts them");
    if (own !== undefined) return ownFlowTarget({ service: own, caller, account: flowAccount, soon });
    const { target } = config;
    assert(target.kind === "udp", "no other takes flows");
    return (user) => datagrams.connect(target, limits.dialMs, user);
  }
}
