import type { PeerJudge } from "@florenetes/portal-api";
import type { RateLimitedLog } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { RunningConfig } from "../config/running-config.ts";
import type { Links } from "../connection/links.ts";
import type { Forwarder } from "../forwarding/forwarder.ts";
import { type EndAccounts, openAccounts } from "../transport/datagrams/end-accounts.ts";
import type { Transport } from "../transport/transport.ts";
import type { TraceSealing } from "./sealing.ts";
import { ServiceAsking } from "./service-check.ts";
import { type AnswerSigner, TraceAnswers } from "./trace-answers.ts";
import type { TraceTarget } from "./trace-target.ts";
import { Traces } from "./traces.ts";

export interface TracingOptions {
  /** The config that runs. */
  readonly config: () => RunningConfig;
  readonly links: Links;
  readonly forwarder: Forwarder;
  readonly transport: Transport;
  readonly signer: AnswerSigner;
  readonly judge: PeerJudge;
  readonly time: ProcessTime;
  readonly sealing: TraceSealing;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly log: RateLimitedLog;
}

/** Both sides of traces, joined to the services of the vertex: questions of others are answered, and questions of ours are sent. */
export class Tracing {
  readonly answers: TraceAnswers;
  readonly traces: Traces;
  readonly #options: TracingOptions;
  /** The streams that were opened to ask a service, by its name. */
  readonly #accounts = new Map<string, EndAccounts>();

  constructor(options: TracingOptions) {
    this.#options = options;
    const { config, links, forwarder, time, sealing, randomBytes, signer, judge } = options;
    this.answers = new TraceAnswers({
      vertex: config().vertex,
      config,
      table: () => forwarder.table,
      links,
      origin: forwarder,
      time,
      sealing,
      signer,
    });
    this.traces = new Traces({
      config,
      routeOf: ({ path, tunnel }) => {
        const uses = [...this.#options.transport.routes.of(path.name)];
        return (uses.find(([, of]) => of === tunnel?.trafficClass) ?? uses[0])?.[0];
      },
      origin: forwarder,
      linkStatus: (link) => links.statusOf(link, (portal) => config().portals.get(portal)?.name, time.now()),
      askService: (target, onSettled) => this.#askService(target, onSettled),
      time,
      sealing,
      judge,
      randomBytes,
    });
  }

  #askService({ tunnel }: TraceTarget, onSettled: () => void): ServiceAsking | undefined {
    if (tunnel === undefined) return undefined;
    const { transport, time, log } = this.#options;
    const { service } = tunnel;
    // The trace has a use of its own: the tunnel's stays when the trace leaves.
    const use = { ...tunnel };
    const trunk = transport.join(use);
    const accounts = this.#accounts.get(service) ?? openAccounts(log, { trace: service }, false, "originator");
    this.#accounts.set(service, accounts);
    const leave = (): void => transport.leave(trunk, use);
    return new ServiceAsking({ service, trunk, account: accounts.streams, now: time.now, onSettled, leave });
  }
}
