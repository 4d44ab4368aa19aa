import {
  type AdminRoute,
  checkStateDirectory,
  type Logger,
  type ReloadRefusal,
  SerialQueue,
} from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { RoomsStatus } from "../admin/control-status.ts";
import { Api } from "../api/api.ts";
import { asOfView } from "../api/as-of.ts";
import { Audit } from "../api/audit.ts";
import { auditPiece } from "../api/audit-piece.ts";
import { readAuditQuestion, sliceOf, writeAuditSlice } from "../api/audit-slice.ts";
import { EventHub } from "../api/event-hub.ts";
import { Readers } from "../api/readers.ts";
import type { ControlPlan } from "../config/config-changes.ts";
import type { ControlConfig } from "../config/control-config.ts";
import type { FabricView } from "../fabric/fabric-view.ts";
import { AgentReader } from "./agent-reader.ts";
import { ApiServer } from "./api-server.ts";
import { AuditDesk } from "./audit-desk.ts";
import { AuditFile } from "./audit-file.ts";
import { ConsolePages } from "./console-pages.ts";
import { HttpsDoor } from "./https-door.ts";
import { LogDesk } from "./log-desk.ts";
import { ProposalDesk } from "./proposal-desk.ts";
import { ProposalFiles } from "./proposal-files.ts";
import { openRecordsAgent } from "./records-agent.ts";
import { ReplicaMail } from "./replica-mail.ts";
import { StateLock } from "./state-lock.ts";
import { UsageReader } from "./usage-reader.ts";

export interface ReplicaOptions {
  readonly config: ControlConfig;
  readonly version: string;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** A replica of the API: the agent of its node, and those who ask. */
export class Replica implements AsyncDisposable {
  readonly #time: ProcessTime;
  readonly #log: Logger;
  readonly #api: Api;
  readonly #audit: Audit;
  readonly #auditFile: AuditFile;
  readonly #lock: StateLock;
  readonly #hub: EventHub;
  readonly #readers: Readers;
  readonly #desk: ProposalDesk;
  readonly #pages: ConsolePages;
  readonly #agent: AgentReader;
  readonly #usage: UsageReader;
  readonly #server: ApiServer;
  readonly #config: ControlConfig;
  /** Undefined: users come over the mesh alone, or it is not open yet. */
  #https: HttpsDoor | undefined;
  readonly #mail: ReplicaMail;
  /** The service whose hosts are the replicas. */
  #service: string | undefined;
  /** Proposals change one after the other. */
  readonly #queue = new SerialQueue();

  /** @throws OperatorError ERR_STATE_DIRECTORY, ERR_CONTROL_STATE_USED */
  constructor({ config, version, time, log }: ReplicaOptions) {
    this.#config = config;
    const { cluster, agent: path, listen, state, service } = config;
    const unfit = checkStateDirectory(state);
    if (unfit !== undefined) throw unfit;
    this.#time = time;
    this.#log = log;
    this.#service = service;
    this.#lock = new StateLock(state);
    this.#auditFile = new AuditFile(state, log, time.now);
    const audit = (this.#audit = new Audit(this.#auditFile));
    const files = new ProposalFiles(state, log);
    this.#desk = new ProposalDesk({
      agent: openRecordsAgent(path),
      store: files,
      kept: files.readAll(),
      wallClock: () => time.wallClock().getTime(),
      handleChange: () => this.#handleProposals(),
    });
    this.#api = new Api({ cluster, version, audit, recordOf: (id) => this.#desk.recordOf(id) });
    this.#hub = new EventHub(cluster, (error) =>
      log.error({ code: "API_FAILED", err: error }, "a follower was not told what is new"),
    );
    this.#readers = new Readers(config);
    const entries = new LogDesk({ api: this.#api, path, now: time.now });
    this.#mail = new ReplicaMail({
      path,
      time,
      log,
      take: (pulled) => this.#queue.run(() => this.#desk.takeTold(pulled)),
      answerAudit: (octets) => {
        const question = readAuditQuestion(octets);
        return question && writeAuditSlice(sliceOf(audit, question));
      },
    });
    const audits = new AuditDesk({ api: this.#api, audit, mail: this.#mail, time });
    this.#pages = new ConsolePages({ cluster, api: this.#api, audits, entries, time, log });
    this.#usage = new UsageReader({ path, time, log });
    this.#agent = new AgentReader({
      cluster,
      path,
      time,
      log,
      usage: () => this.#usage.known,
      handleView: (view) => this.#handleView(view),
      handleSilence: () => this.#api.handleSilence(),
    });
    this.#server = new ApiServer({
      path: listen,
      api: this.#api,
      hub: this.#hub,
      pages: this.#pages,
      desk: this.#desk,
      entries,
      audits,
      queue: this.#queue,
      readers: this.#readers,
      audit,
      time,
      log,
    });
  }

  /** @throws OperatorError `ERR_SOCKET_…`, `ERR_CONTROL_HTTPS_…`, `ERR_IDENTITY_…` */
  async start(): Promise<void> {
    // The first request is to find something.
    await this.#agent.start();
    void this.#usage.start();
    await this.#server.start();
    const { cluster, https, state } = this.#config;
    if (https === undefined) return;
    this.#https = await HttpsDoor.open({
      cluster,
      config: https,
      state,
      time: this.#time,
      log: this.#log,
      isReader: (principal) => this.#readers.isReader(principal),
      take: (socket, caller) => this.#server.takeConnection(socket, caller),
    });
  }

  /** Reads again the files of HTTPS. Resolves with refusals: the former ones stay in use then. */
  async reread(): Promise<readonly ReloadRefusal[]> {
    return (await this.#https?.reread()) ?? [];
  }

  handleConfig({ next, changes }: ControlPlan): void {
    this.#readers.handleConfig(next);
    this.#service = next.service;
    if (changes.length === 0) return;
    // A follower has the rights of the time at which it came.
    this.#server.endStreams();
    this.#pages.handleReaders();
  }

  status(): Pick<RoomsStatus, "agent" | "audit" | "requests" | "https" | "proposals" | "replicas"> {
    const { view } = this.#api;
    const proposals: Record<string, number> = {};
    for (const { state } of this.#desk.proposals) proposals[state] = (proposals[state] ?? 0) + 1;
    return {
      agent: {
        asOf: view === undefined ? null : asOfView(view, this.#time.now()),
        looks: this.#agent.looks,
        fault: this.#agent.fault ?? null,
      },
      requests: {
        connections: this.#server.connections,
        refused: this.#server.refused,
        streams: this.#server.streams,
        answers: Object.fromEntries(this.#server.answers),
      },
      audit: { entries: this.#audit.size, ...this.#auditFile.status },
      https: this.#https?.status() ?? null,
      replicas: this.#mail.status(),
      proposals,
    };
  }

  /** `GET /pieces/audit?after=CURSOR`: entries of this replica's audit behind those of the piece with that cursor, to be kept elsewhere. */
  readonly routes: Readonly<Record<string, AdminRoute>> = {
    "/pieces/audit": (query) => {
      const { cluster } = this.#config;
      const node = this.#api.view?.node;
      if (node === undefined)
        return { cluster, node: "", fault: "the agent has not said yet which node this is", piece: null };
      const wall = this.#time.wallClock().getTime();
      return {
        cluster,
        node,
        fault: null,
        piece: auditPiece(this.#audit, query.get("after") ?? "", node, wall) ?? null,
      };
    },
  };

  /** For people who look at the service. */
  statusLine(): string {
    return this.#agent.fault === undefined ? `${this.#server.connections} connections` : "the agent does not answer";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent[Symbol.dispose]();
    this.#usage[Symbol.dispose]();
    await this.#https?.[Symbol.asyncDispose]();
    this.#mail[Symbol.dispose]();
    await this.#server[Symbol.asyncDispose]();
    this.#pages[Symbol.dispose]();
    this.#auditFile[Symbol.dispose]();
    this.#lock[Symbol.dispose]();
  }

  #handleView(view: FabricView): void {
    this.#readers.handleView(view);
    this.#api.handleView(view);
    this.#pages.handleView(view);
    this.#hub.handleView(this.#time.now());
    void this.#queue
      .run(() => this.#desk.handleDigests(view.kinds))
      // Other replicas are asked for nothing until all is known that is kept.
      .then(() => this.#mail.handleView(view, this.#desk.isWhole ? this.#service : undefined))
      .catch((err: unknown) => this.#log.error({ code: "API_FAILED", err }, "proposals could not be looked at"));
  }

  #handleProposals(): void {
    this.#api.handleProposals(this.#desk.proposals);
    this.#mail.handleProposals(this.#desk.kept);
    this.#hub.handleView(this.#time.now());
  }
}
