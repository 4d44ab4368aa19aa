/** Judges the head of an answer over HTTP. Pure. */
import { SourceError } from "./source-error.ts";

export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * The octets that an answer brings; undefined: the source has no such file, or not now.
 *
 * @param offset the place in the file from which octets were asked for
 * @throws SourceError where it is full, or answers something else
 */
export function judgeAnswer({ status, headers }: AnswerHead, offset: number): { readonly octets: number } | undefined {
  if (status === 404 || status === 504) return undefined;
  if (status === 503) {
    const seconds = /^\d{1,6}$/.exec(textOf(headers["retry-after"]))?.[0];
    const retryAfterMs = seconds === undefined ? undefined : Number(seconds) * 1_000;
    throw new SourceError("ERR_RELEASE_SOURCE_FULL", "full", "it serves as many as it can", { retryAfterMs });
  }
  if (status !== 200 && status !== 206) throw unexpected(`it has answered ${status}`);
  const encoding = textOf(headers["content-encoding"]);
  if (encoding !== "" && encoding !== "identity") throw unexpected("its octets are encoded");
  const length = /^\d{1,15}$/.exec(textOf(headers["content-length"]))?.[0];
  if (length === undefined) throw unexpected("it does not say how long its answer is");
  const octets = Number(length);
  if (status === 200 && offset === 0) return { octets };
  const range = /^bytes (\d{1,15})-(\d{1,15})\/\d{1,15}$/.exec(textOf(headers["content-range"]));
  const isAsked = range !== null && Number(range[1]) === offset && Number(range[2]) === offset + octets - 1;
  if (status === 200 || !isAsked) throw unexpected("its octets are not those that were asked for");
  return { octets };
}

function unexpected(message: string): SourceError {
  return new SourceError("ERR_RELEASE_SOURCE_ANSWER", "lost", message);
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === "string" ? value : "";
}
