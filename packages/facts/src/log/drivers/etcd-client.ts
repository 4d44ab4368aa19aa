/**
 * Requests to the JSON gateway of etcd, over TLS with a certificate of our own. Each goes to one member after the other until one answers, so only
 * requests that may be made twice are to be asked.
 */
import { Agent, request } from "node:https";
import { z } from "zod";
import { LogError } from "../errors.ts";
import { ETCD_ANSWER_SIZE_MAX } from "../limits.ts";

export interface EtcdAccess {
  /** Client URLs of the members, as `https://192.0.2.1:2379`. At least one. */
  readonly urls: readonly string[];
  /** Certificates of the authority that the members' certificates come from, in PEM. */
  readonly ca: string;
  /** Our own certificate, and those between it and the root, in PEM. */
  readonly cert: string;
  /** The private key of our certificate, in PEM. */
  readonly key: string;
}

/** A member has not done what it was asked for, and another one may. */
class MemberFailure extends Error {
  override readonly name = "MemberFailure";
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** The time that one member has to answer, in milliseconds, and the time that its word about itself may take. */
const MEMBER_MS = 3_000;
const STATUS_MS = 1_000;

/** Codes of gRPC (https://grpc.io/docs/guides/status-codes/) by which a member says that another one may do better. */
const [DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE] = [4, 8, 14];

const failure = z.object({ message: z.string(), code: z.number() });
const memberStatus = z.object({ leader: z.string().default("0") });

export class EtcdClient {
  readonly #access: EtcdAccess;
  readonly #agent: Agent;
  /** The member that has answered last. */
  #current = 0;

  constructor(access: EtcdAccess) {
    if (access.urls.length === 0) throw new RangeError("etcd has at least one member");
    this.#access = access;
    const { ca, cert, key } = access;
    this.#agent = new Agent({ keepAlive: true, ca, cert, key });
  }

  /**
   * Asks the members in turn, beginning with the one that has answered last.
   *
   * @throws LogError ERR_LOG_STORE_FULL, ERR_LOG_STORE_ANSWER; ERR_LOG_NO_MAJORITY or ERR_LOG_STORE_UNREACHABLE once no member has done it
   */
  async ask<Reply>(path: string, body: object, reply: z.ZodType<Reply>): Promise<Reply> {
    const { urls } = this.#access;
    const reasons: string[] = [];
    for (let turn = 0; turn < urls.length; turn++) {
      const member = (this.#current + turn) % urls.length;
      try {
        const answer = await this.#askMember(urls[member]!, path, body, reply, MEMBER_MS);
        this.#current = member;
        return answer;
      } catch (error) {
        if (!(error instanceof MemberFailure)) throw error;
        reasons.push(`${urls[member]!}: ${error.message}`);
      }
    }
    throw await this.#explain(reasons);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Says why no member has done what it was asked for, by what they say of themselves. */
  async #explain(reasons: readonly string[]): Promise<LogError> {
    const { urls } = this.#access;
    const asked = urls.map((url) => this.#askMember(url, "/v3/maintenance/status", {}, memberStatus, STATUS_MS));
    const answers = (await Promise.allSettled(asked)).filter((one) => one.status === "fulfilled");
    if (answers.length > 0 && answers.every(({ value }) => value.leader === "0")) {
      const words = `${answers.length} of ${urls.length} members answer, and none of them has a leader`;
      return new LogError("ERR_LOG_NO_MAJORITY", `${words} (${reasons.join("; ")})`);
    }
    return new LogError("ERR_LOG_STORE_UNREACHABLE", reasons.join("; "));
  }

  async #askMember<Reply>(
    url: string,
    path: string,
    body: object,
    reply: z.ZodType<Reply>,
    timeoutMs: number,
  ): Promise<Reply> {
    const { status, text } = await this.#post(new URL(path, url), JSON.stringify(body), timeoutMs);
    const value = parse(text);
    if (status === 200) {
      const read = reply.safeParse(value);
      if (read.success) return read.data;
      throw new LogError("ERR_LOG_STORE_ANSWER", `${url}: the answer has another form`);
    }
    const { message, code } = failure.safeParse(value).data ?? { message: `HTTP status ${status}`, code: undefined };
    if (code === RESOURCE_EXHAUSTED && message.includes("space exceeded")) {
      throw new LogError("ERR_LOG_STORE_FULL", `${url}: ${message}`);
    }
    if (code === UNAVAILABLE || code === DEADLINE_EXCEEDED || code === RESOURCE_EXHAUSTED) {
      throw new MemberFailure(message);
    }
    throw new LogError("ERR_LOG_STORE_ANSWER", `${url}: ${message}`);
  }

  #post(url: URL, body: string, timeoutMs: number): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request(url, { method: "POST", agent: this.#agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > ETCD_ANSWER_SIZE_MAX) {
          sent.destroy();
          reject(new LogError("ERR_LOG_STORE_ANSWER", `${url.origin}: the answer is too large`));
        }
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      response.on("error", (error) => reject(new MemberFailure(error.message, { cause: error })));
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      const words = signal.aborted ? `no answer in ${timeoutMs} ms` : (error.code ?? error.message);
      reject(new MemberFailure(words, { cause: error }));
    });
    sent.end(body);
    return promise;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
