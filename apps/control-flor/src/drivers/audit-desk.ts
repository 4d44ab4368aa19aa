/** Makes pages of all replicas' audits: the own one is at hand, the others are asked by mail for each page. Nothing of them is kept. */
import type { ProcessTime } from "@florenetes/scheduling";
import { type Api, type Asking, json } from "../api/api.ts";
import { namesIn } from "../api/api-route.ts";
import type { Audit } from "../api/audit.ts";
import { AUDIT_LIST, auditFiltersOf, AuditList, type AuditListPage, type MissingAudit } from "../api/audit-list.ts";
import {
  type AuditQuestion,
  type AuditSlice,
  readAuditSlice,
  sliceOf,
  writeAuditQuestion,
} from "../api/audit-slice.ts";
import { ApiError, type ApiAnswer, type ApiRequest } from "../api/exchange.ts";
import {
  AUDIT_LISTS_AT_ONCE,
  AUDIT_LISTS_PER_SECOND,
  AUDIT_PAGE_MS,
  AUDIT_PAGES_MAX,
  AUDIT_PAGES_OF_ONE_MAX,
  AUDIT_SILENT_MS,
} from "../api/limits.ts";
import { requireMethod } from "../api/methods.ts";
import { PrincipalTurns } from "../api/principal-turns.ts";
import { readQuery } from "../api/queries.ts";
import type { NoAnswer } from "../mail/replica-reader.ts";
import type { ReplicaMail } from "./replica-mail.ts";

export interface AuditDeskOptions {
  readonly api: Api;
  readonly audit: Audit;
  readonly mail: Pick<ReplicaMail, "others" | "askAudit">;
  readonly time: ProcessTime;
}

const REASONS: Readonly<Record<NoAnswer, string>> = {
  unanswered: "it does not answer",
  "no-way": "no way leads to it",
  "unknown-kind": "its node runs no replica at present",
  "unknown-sender": "it does not take this one for a replica",
  malformed: "it is of another version",
  busy: "it has too much to do",
};

const UNKNOWN: MissingAudit = { replica: null, reason: "this one does not know which others there are" };

export class AuditDesk {
  readonly #options: AuditDeskOptions;
  readonly #turns = new PrincipalTurns(AUDIT_LISTS_AT_ONCE, AUDIT_LISTS_PER_SECOND);
  /** Replicas that have not answered, and until when they are not asked: an agent keeps each question for some time. */
  readonly #silent = new Map<string, number>();
  /** Pages that are being made, by who asks for them. */
  readonly #pages = new Map<string, number>();
  /** Ends of the questions to each replica: one goes to it at a time. */
  readonly #lines = new Map<string, Promise<unknown>>();
  #size = 0;

  constructor(options: AuditDeskOptions) {
    this.#options = options;
  }

  /** Undefined: the path is for something else. @throws ApiError, as does the promise */
  answer(request: ApiRequest, asking: Asking): Promise<ApiAnswer> | undefined {
    const { method, path, query, principal } = request;
    if (namesIn(path, AUDIT_LIST) === undefined) return undefined;
    requireMethod(method, path);
    return this.read(query, principal, asking).then((page) => json(page));
  }

  /** A page: a principal sees its own requests, and whoever sees all organizations those of all. @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR, ERR_CONTROL_BUSY */
  async read(parameters: URLSearchParams, principal: string, { rights, now }: Asking): Promise<AuditListPage> {
    const query = readQuery(parameters, AUDIT_LIST.query);
    const { api, mail, time } = this.#options;
    const replica = api.sightOf(rights).view.node;
    const filters = auditFiltersOf(query);
    const isOwn = rights.organizations !== "all";
    if (isOwn && (filters.principal ?? principal) !== principal) return { replica, items: [], missing: [], next: null };
    const { limit, after } = query;
    const wanted = isOwn ? { ...filters, principal } : filters;
    const others = mail.others();
    const list = new AuditList({ replicas: [replica, ...(others ?? [])], limit, after, wanted });
    const leave = this.#takePlace(principal, now);
    const until = time.now() + AUDIT_PAGE_MS;
    const answerOf = (node: string, question: AuditQuestion): Promise<AuditSlice | string> | AuditSlice =>
      node === replica ? sliceOf(this.#options.audit, question) : this.#askInLine(node, question, until);
    try {
      for (let due = list.questions(); due.length > 0; due = list.questions())
        await Promise.all(
          due.map(async ({ node, question }) => list.handleAnswer(node, await answerOf(node, question))),
        );
    } finally {
      leave();
    }
    const page = list.page();
    return { replica, ...page, missing: [...(others === undefined ? [UNKNOWN] : []), ...page.missing] };
  }

  /** A replica that is slow keeps those who ask it waiting, and nobody else. */
  #askInLine(node: string, question: AuditQuestion, until: number): Promise<AuditSlice | string> {
    const { time } = this.#options;
    const former = this.#lines.get(node) ?? Promise.resolve();
    const asked = former.then(() => (time.now() < until ? this.#ask(node, question) : "it is slow to answer"));
    const end = asked.then(() => void (this.#lines.get(node) === end && this.#lines.delete(node)));
    this.#lines.set(node, end);
    return asked;
  }

  /** Never rejects. */
  async #ask(node: string, question: AuditQuestion): Promise<AuditSlice | string> {
    const { mail, time } = this.#options;
    if (time.now() < (this.#silent.get(node) ?? 0)) return "it did not answer within the last minute";
    const answer = await mail.askAudit(node, writeAuditQuestion(question));
    if (answer === "unanswered") this.#silent.set(node, time.now() + AUDIT_SILENT_MS);
    else this.#silent.delete(node);
    if (typeof answer === "string") return REASONS[answer];
    return readAuditSlice(answer, question, time.wallClock().getTime()) ?? "it answers what is no part of an audit";
  }

  /** @throws ApiError ERR_CONTROL_BUSY */
  #takePlace(principal: string, now: number): () => void {
    const own = this.#pages.get(principal) ?? 0;
    if (this.#size >= AUDIT_PAGES_MAX || own >= AUDIT_PAGES_OF_ONE_MAX || !this.#turns.take(principal, now))
      throw new ApiError("ERR_CONTROL_BUSY", "too many pages of all audits are made", { "retry-after": "1" });
    this.#size++;
    this.#pages.set(principal, own + 1);
    return () => {
      this.#size--;
      const left = this.#pages.get(principal)! - 1;
      if (left === 0) this.#pages.delete(principal);
      else this.#pages.set(principal, left);
    };
  }
}
