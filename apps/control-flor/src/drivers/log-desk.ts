/** Asks the agent for entries of the log, for each who asks here: nothing of them is kept. */
import { isOperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { z } from "zod";
import type { Api, Asking } from "../api/api.ts";
import { namesIn } from "../api/api-route.ts";
import { noLog } from "../api/entry-page.ts";
import { ApiError, type ApiAnswer, type ApiRequest } from "../api/exchange.ts";
import { LOG_ASKS_AT_ONCE, LOG_ASKS_PER_SECOND, LOG_READS_MAX, LOG_READS_OF_ONE_MAX } from "../api/limits.ts";
import { entryPageFor, filtersOf, isShown, LOG_ENTRIES, LOG_ENTRY, readIndex } from "../api/log-routes.ts";
import { requireMethod } from "../api/methods.ts";
import { PrincipalTurns } from "../api/principal-turns.ts";
import { NO_QUERY, readQuery } from "../api/queries.ts";
import type { CheckpointResource, EntriesResource } from "../fabric/resources.ts";
import type { Sight } from "../fabric/sight.ts";
import { toldEntries, type ToldEntry, toldEntry } from "../fabric/told-log.ts";
import { AGENT_PAGE_SIZE_MAX } from "./limits.ts";

export interface LogDeskOptions {
  readonly api: Api;
  /** Path of the agent's admin socket. */
  readonly path: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export class LogDesk {
  readonly #options: LogDeskOptions;
  /** Reads that are under way, by their principals. */
  readonly #reads = new Map<string, number>();
  /** Turns of questions to the agent. */
  readonly #turns = new PrincipalTurns(LOG_ASKS_AT_ONCE, LOG_ASKS_PER_SECOND);
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
      const sight = this.#options.api.sightOf(rights);
      const page = entryPageFor(query, sight);
      const filters = filtersOf(query);
      try {
        for (let ask = page.pollAsk(); ask !== undefined; ask = page.pollAsk()) {
          const place = ask.below === undefined ? "" : `&below=${ask.below}`;
          let octets = 0;
          const asker = { principal, sight, onSize: (size: number) => void (octets = size) };
          const told = await this.#ask(`/log?count=${ask.count}${place}${filters}`, toldEntries, asker);
          page.handleAnswer(told, octets);
        }
      } catch (error) {
        // The page ends early: whoever goes on finds the agent with time again.
        if (!page.hasBegun || !(error instanceof ApiError) || error.code !== "ERR_CONTROL_BUSY") throw error;
      }
      return { ...page.page };
    });
  }

  async #answerEntry(index: number, request: ApiRequest, asking: Asking): Promise<ApiAnswer> {
    const { api } = this.#options;
    readQuery(request.query, NO_QUERY);
    const sight = api.sightOf(asking.rights);
    const told = await this.#ask(`/log/entry?index=${index}`, toldEntry, { principal: request.principal, sight });
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

  /** @throws ApiError ERR_CONTROL_BUSY, ERR_CONTROL_LOG_STORE, ERR_CONTROL_AGENT_SILENT */
  async #ask<Answer extends object>(
    route: string,
    form: z.ZodType<Answer>,
    { principal, sight, onSize }: Asker,
  ): Promise<Answer> {
    this.#takeTurn(principal);
    let told: Answer | z.infer<typeof refusalForm>;
    try {
      const isAnswer = (value: unknown): boolean => refusalForm.safeParse(value).success;
      const options = { sizeMax: AGENT_PAGE_SIZE_MAX, isAnswer, ...(onSize && { onSize }) };
      told = form.or(refusalForm).parse(await requestAdmin(this.#options.path, route, options));
    } catch (error) {
      const why = isOperatorError(error) ? error.message : "it answers what is no part of a log";
      const more = sight.seesAll ? `: ${why}` : "";
      throw new ApiError("ERR_CONTROL_AGENT_SILENT", `the agent does not answer${more}`, { "retry-after": "1" });
    }
    if (!("code" in told)) return told;
    if (told.code === "BUSY") throw busy("the agent has more to do than it may", 5);
    // The words of a store may name its members, and how they are reached.
    const more = sight.seesAll ? `: ${told.message}` : "";
    throw new ApiError("ERR_CONTROL_LOG_STORE", `the store of the log cannot be read${more}`, { "retry-after": "5" });
  }

  /** Counts a question to the agent. @throws ApiError ERR_CONTROL_BUSY */
  #takeTurn(principal: string): void {
    if (!this.#turns.take(principal, this.#options.now()))
      throw busy("you have asked for as many entries as one may", 1);
  }
}

/** A principal that has a question, and sees so much of the answer. */
interface Asker {
  readonly principal: string;
  readonly sight: Sight;
  /** Is told how many octets the answer has. */
  readonly onSize?: (octets: number) => void;
}

/** The agent's word that it was asked for too much, or that its store fails. */
const refusalForm = z.object({ code: z.enum(["BUSY", "STORE"]), message: z.string() });

function busy(message: string, seconds: number): ApiError {
  return new ApiError("ERR_CONTROL_BUSY", message, { "retry-after": String(seconds) });
}

function checkpointOf({ checkpoint, proof }: ToldEntry): CheckpointResource | null {
  return checkpoint === null ? null : { ...checkpoint, proof };
}
