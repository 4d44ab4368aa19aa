import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, HolderError, type Question } from "@florenetes/blobs";
import {
  type QuestionHead,
  RECOVERY_EPOCH_HEADER,
  readQuestionHead,
  writeAnswer,
  type WrittenAnswer,
  writeRefusal,
} from "@florenetes/blobs/wire";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ServingLimits } from "../../config/store-config.ts";
import { type CallerRequest, CallerServer, hasBody } from "../caller-server.ts";
import { ANSWER_READ_MS, FAULT_TOLD_MS, QUESTION_MS } from "../limits.ts";
import { sendBody } from "../paced-body.ts";
import { readQuestionBody } from "./question-body.ts";
import { ShardBuffers } from "./shard-buffers.ts";

/** Whoever answers questions. */
export interface HolderDesk {
  /**
   * Whether a principal may ask this: whoever may not sends no body.
   *
   * @throws HolderError where it may not
   */
  admit(head: Pick<QuestionHead, "op" | "collection" | "recoveryEpoch">, principal: string): void;
  /**
   * Answers. The octets of the question are whoever asks' again when it has.
   *
   * @throws HolderError
   */
  answer(question: Question, principal: string): Promise<Answer>;
}

export interface HolderServerOptions {
  /** Path of the socket to which cluster-flor brings those who ask. */
  readonly path: string;
  readonly desk: HolderDesk;
  readonly limits: ServingLimits;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** Answers questions about shards and names: docs/protocol/storage.md. */
export class HolderServer implements AsyncDisposable {
  readonly callers: CallerServer;
  /** Answers by their status. */
  readonly answers: Map<string, number> = new Map();
  readonly #options: HolderServerOptions;
  readonly #buffers = new ShardBuffers();
  readonly #log: RateLimitedLog;
  /** Octets of answers that were sent. */
  octets = 0;
  /** Octets of questions that have come. */
  received = 0;
  /** Whoever was cut, as it took or gave too little. */
  slow = 0;

  constructor(options: HolderServerOptions) {
    this.#options = options;
    this.#log = createRateLimitedLog(options.log, { burst: 1, intervalMs: FAULT_TOLD_MS });
    const full = new HolderError({ code: "ERR_STORAGE_BUSY", message: "as many ask as may, or as many of yours" });
    this.callers = new CallerServer({
      path: options.path,
      limits: options.limits,
      requestMs: QUESTION_MS,
      serve: (asked) => this.#serve(asked),
      refuseFull: (response, signal) => void this.#refuse(response, full, signal),
      refuse: (response, error, signal) => this.#refuse(response, error, signal),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.callers[Symbol.asyncDispose]();
  }

  async #serve({ request, response, principal, signal }: CallerRequest): Promise<void> {
    const { desk } = this.#options;
    const { method = "", url = "", headers } = request;
    const head = readQuestionHead(method, url, headers[RECOVERY_EPOCH_HEADER]);
    desk.admit(head, principal);
    const body = await this.#read(request, head.bodyMax, signal);
    if (body === undefined) return void response.destroy();
    let answer: Answer;
    try {
      answer = await desk.answer(head.read(body), principal);
    } finally {
      this.#buffers.give(body);
    }
    await this.#send(response, writeAnswer(head.op, answer), signal);
  }

  /** Reads the body of a question; undefined: whoever asks has gone, or was cut. */
  async #read(request: IncomingMessage, sizeMax: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const body = await readQuestionBody(request, sizeMax, this.#buffers, signal);
    if (body === "slow") this.slow++;
    if (typeof body === "string") return undefined;
    this.received += body.length;
    return body;
  }

  async #send(response: ServerResponse, { status, headers, body }: WrittenAnswer, signal: AbortSignal): Promise<void> {
    this.answers.set(String(status), (this.answers.get(String(status)) ?? 0) + 1);
    if (response.destroyed) return;
    const isUnread = !response.req.complete && hasBody(response.req);
    response.writeHead(status, {
      "x-content-type-options": "nosniff",
      ...headers,
      "content-length": body.length,
      ...(isUnread ? { connection: "close" } : {}),
    });
    const end = await sendBody({
      read: async (at, size) => body.subarray(at, at + size),
      range: { first: 0, last: body.length - 1 },
      response,
      rates: this.callers.rates(),
      time: this.#options.time,
      signal,
      onOctets: (octets) => void (this.octets += octets),
    });
    if (end === "sent" && isUnread) await untilRead(response.req, signal);
    if (end === "sent") return void response.end();
    if (end === "slow") this.slow++;
    response.destroy();
  }

  async #refuse(response: ServerResponse, error: unknown, signal: AbortSignal): Promise<void> {
    if (response.headersSent || response.destroyed) return void response.destroy();
    const refusal =
      error instanceof HolderError
        ? error.refusal
        : ({ code: "ERR_STORAGE_DISK", message: "the holder has failed: its log says why" } as const);
    if (!(error instanceof HolderError)) this.#log.error({ code: "ANSWER_FAILED", err: error }, "an answer failed");
    await this.#send(response, writeRefusal(refusal), signal).catch(() => response.destroy());
  }
}

/** A connection that ends while a body comes over it takes the answer along: the body goes nowhere until whoever sends it has read that. */
async function untilRead(request: IncomingMessage, signal: AbortSignal): Promise<void> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_READ_MS)]);
  await once(request.resume(), "end", { signal: ending }).catch(() => undefined);
}
