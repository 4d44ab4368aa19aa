/** Asks the agent for entries of the log, for each who asks here: nothing of them is kept. */
import { isOperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { z } from "zod";
import type { Api, Asking } from "../api/api.ts";
import { namesIn } from "../api/api-route.ts";
import { noLog } from "../api/entry-page.ts";
import { ApiError, type ApiAnswer, type ApiRequest } from "../api/exchange.ts";
import { LOG_READS_MAX, LOG_READS_OF_ONE_MAX } from "../api/limits.ts";
import { entryPageFor, isShown, LOG_ENTRIES, LOG_ENTRY, readIndex } from "../api/log-routes.ts";
import { requireMethod } from "../api/methods.ts";
import { NO_QUERY, readQuery } from "../api/queries.ts";
import type { CheckpointResource, EntriesResource } from "../fabric/resources.ts";
import { toldEntries, type ToldEntry, toldEntry } from "../fabric/told-log.ts";
import { AGENT_PAGE_SIZE_MAX } from "./limits.ts";

export interface LogDeskOptions {
  readonly api: Api;
  /** Path of the agent's admin socket. */
  readonly path: string;
}

export class LogDesk {
  readonly #options: LogDeskOptions;
  /** Reads that are under way, by their principals. */
  readonly #reads = new Map<string, number>();
  #size = 0;

  constructor(options: LogDeskOptions) {
    this.#options = options;
  }

  /** Answers a question for entries; undefined: the path is for something else. @throws ApiError, as does the promise */
  answer(request: ApiRequest, asking: Asking): Promise<ApiAnswer> | undefined {
    const { method, path, principal } = request;
    const isPage = namesIn(path, LOG_ENTRIES) !== undefined;
    const [index] = namesIn(path, LOG_ENTRY) ?? [];
    if (!isPage && index === undefined) return undefined;
    requireMethod(method, path);
    return isPage
      ? this.read(request.query, principal, asking).then((page) => this.#options.api.answerDated(request, asking, page))
      : this.#inTurn(principal, () => this.#answerEntry(readIndex(index!), request, asking));
  }

  /** A page of entries. @throws ApiError */
  read(
    query: URLSearchParams,
    principal: string,
    { rights }: Pick<Asking, "rights">,
  ): Promise<EntriesResource & Readonly<Record<string, unknown>>> {
    return this.#inTurn(principal, async () => {
      const page = entryPageFor(query, this.#options.api.sightOf(rights));
      for (let ask = page.pollAsk(); ask !== undefined; ask = page.pollAsk()) {
        const place = ask.below === undefined ? "" : `&below=${ask.below}`;
        let octets = 0;
        const told = await this.#ask(`/log?count=${ask.count}${place}`, toldEntries, (size) => void (octets = size));
        page.handleAnswer(told, octets);
      }
      return { ...page.page };
    });
  }

  async #answerEntry(index: number, request: ApiRequest, asking: Asking): Promise<ApiAnswer> {
    const { api } = this.#options;
    readQuery(request.query, NO_QUERY);
    const sight = api.sightOf(asking.rights);
    const told = await this.#ask(`/log/entry?index=${index}`, toldEntry);
    if (told.copy === null) throw noLog();
    const { entry } = told;
    if (entry === null || entry.index !== index || !isShown(entry, sight))
      throw new ApiError("ERR_CONTROL_ABSENT", "there is no entry of this index");
    return api.answerDated(request, asking, { entry, checkpoint: checkpointOf(told) });
  }

  /** Refuses whoever has as many pages under way as one may have. */
  async #inTurn<Result>(principal: string, read: () => Promise<Result>): Promise<Result> {
    const own = this.#reads.get(principal) ?? 0;
    if (this.#size >= LOG_READS_MAX || own >= LOG_READS_OF_ONE_MAX)
      throw new ApiError("ERR_CONTROL_BUSY", "too many pages of the log are made at a time", { "retry-after": "1" });
    this.#size++;
    this.#reads.set(principal, own + 1);
    try {
      return await read();
    } finally {
      this.#size--;
      const left = this.#reads.get(principal)! - 1;
      if (left === 0) this.#reads.delete(principal);
      else this.#reads.set(principal, left);
    }
  }

  /** @throws ApiError ERR_CONTROL_BUSY, ERR_CONTROL_AGENT_SILENT */
  async #ask<Answer extends object>(
    route: string,
    form: z.ZodType<Answer>,
    onSize?: (octets: number) => void,
  ): Promise<Answer> {
    try {
      const isAnswer = (value: unknown): boolean => busyForm.safeParse(value).success;
      const options = { sizeMax: AGENT_PAGE_SIZE_MAX, isAnswer, ...(onSize && { onSize }) };
      const told = form.or(busyForm).parse(await requestAdmin(this.#options.path, route, options));
      if (!("code" in told)) return told;
    } catch (error) {
      const why = isOperatorError(error) ? error.message : "it answers what is no part of a log";
      throw new ApiError("ERR_CONTROL_AGENT_SILENT", `the agent does not answer: ${why}`, { "retry-after": "1" });
    }
    throw new ApiError("ERR_CONTROL_BUSY", "the agent has more to do than it may", { "retry-after": "5" });
  }
}

/** The agent's word that it was asked for too much. */
const busyForm = z.object({ code: z.literal("BUSY"), message: z.string() });

function checkpointOf({ checkpoint, proof }: ToldEntry): CheckpointResource | null {
  return checkpoint === null ? null : { ...checkpoint, proof };
}
