/** Letters of the kind `proposals`, at the admin socket alone: a program beside this node writes and reads them, and the agent carries them. */
import { type Answer, LETTER_SIZE_MAX, Outcome } from "@florenetes/feed";
import { isName, OperatorError } from "@florenetes/operator-text";
import { type AdminAction, AdminAnswer, type AdminRoute } from "@florenetes/process-kit";
import type { ProgramLetter } from "../agent/mail/program-letters.ts";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";

export interface LetterPost {
  /** Undefined: nobody has answered. */
  readonly send: (to: string, body: Uint8Array) => Promise<Answer | "no-way" | "busy" | undefined>;
  /** `displaced`: another program has asked meanwhile. */
  readonly receive: (waitMs: number) => Promise<readonly ProgramLetter[] | "displaced">;
  readonly answer: (number: number, answer: Answer) => boolean;
}

/** The longest wait for letters, in seconds: whoever asks takes an answer within so long for granted. */
export const LETTERS_WAIT_MAX = 20;

const OUTCOMES = {
  answered: Outcome.answered,
  "unknown-kind": Outcome.unknownKind,
  "unknown-sender": Outcome.unknownSender,
  malformed: Outcome.malformed,
  busy: Outcome.busy,
} as const;
const WORDS: ReadonlyMap<Outcome, string> = new Map(Object.entries(OUTCOMES).map(([word, outcome]) => [outcome, word]));
const NUMBER = /^[1-9]\d{0,14}$/;

/**
 * `GET /letters?wait=SECONDS`: letters that have come, `{number, node, body}` each, the body in base64; none where none has come for so long (at most 20 s). Each is given once. 409
 * where another program has asked meanwhile. Throws ERR_FABRIC_LETTER.
 */
export function letterQuestions({ receive }: Pick<LetterPost, "receive">): Readonly<Record<string, AdminRoute>> {
  return {
    "/letters": async (query) => {
      const wait = Number(query.get("wait") ?? 0);
      if (!Number.isInteger(wait) || wait < 0 || wait > LETTERS_WAIT_MAX)
        throw letterError(`\`wait\` is no number of seconds from 0 to ${LETTERS_WAIT_MAX}`);
      const letters = await receive(1_000 * wait);
      if (letters === "displaced")
        return new AdminAnswer(409, { code: "DISPLACED", message: "another program asks for letters" });
      return { letters: letters.map(({ number, node, body }) => ({ number, node, body: base64(body) })) };
    },
  };
}

/**
 * `POST /letters?to=NODE` with a body in base64: sends it, and answers `{outcome, body}` when the node has, or nobody has within a minute or so. `POST /answers?letter=NUMBER&outcome=WORD` with
 * a body in base64 answers a letter. Both throw ERR_FABRIC_LETTER.
 */
export function letterOrders({ send, answer }: Omit<LetterPost, "receive">): Readonly<Record<string, AdminAction>> {
  return {
    "/letters": async ({ text, query }) => {
      const to = query.get("to") ?? "";
      if (!isName(to)) throw letterError("`to` is no name of a node");
      const sent = await send(to, bodyIn(text));
      if (sent === "busy") return new AdminAnswer(429, { code: "BUSY", message: "too many letters wait for answers" });
      if (sent === "no-way" || sent === undefined) return { outcome: sent ?? "unanswered", body: "" };
      return { outcome: WORDS.get(sent.outcome)!, body: base64(sent.body) };
    },
    "/answers": ({ text, query }) => {
      const number = query.get("letter") ?? "";
      const word = query.get("outcome") ?? "answered";
      if (!NUMBER.test(number)) throw letterError("`letter` is no number of a letter");
      if (!Object.hasOwn(OUTCOMES, word)) throw letterError("`outcome` is none of an answer");
      const isTaken = answer(Number(number), { outcome: OUTCOMES[word as keyof typeof OUTCOMES], body: bodyIn(text) });
      return { isTaken };
    },
  };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString("base64");
}

function bodyIn(text: string): Buffer {
  const octets = Buffer.from(text, "base64");
  if (base64(octets) !== text) throw letterError("the body of the request is no base64");
  if (octets.length > LETTER_SIZE_MAX) throw letterError(`a letter has at most ${LETTER_SIZE_MAX} octets`);
  return octets;
}

function letterError(message: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_LETTER";
  return new OperatorError(code, message, { advice: 'docs/operate/fabric.md, "The control API", has the form.' });
}
