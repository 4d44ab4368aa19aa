/** Joins: nodes that come in with a token. Whoever hands one in is told what becomes of it. */
import {
  isHash,
  JOIN_REASONS,
  type JoinMembers,
  type JoinQuota,
  type JoinReason,
  joinToBeSigned,
  readJoinText,
  type Signer,
  writeJoinPayload,
  writeRecordText,
} from "@florenetes/facts";
import { formatDuration, OperatorError } from "@florenetes/operator-text";
import { type AdminAction, AdminAnswer } from "@florenetes/process-kit";
import type { HandedIn } from "../agent/joins/join-mail.ts";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";

/**
 * `POST /joins` with a join as text; answers with its outcome, `joined`, `waits` or `refused`, a sentence that says who has to do what, and the record of the node where it has one. Whoever asks
 * again while it waits is told how far it is.
 */
export function joinOrders(hand: (join: Uint8Array) => HandedIn): Readonly<Record<string, AdminAction>> {
  return {
    "/joins": ({ text }) => {
      const octets = readJoinText(text);
      if (octets === undefined) throw joinError("the body holds anything but one whole join as text");
      return answerOf(hand(octets));
    },
  };
}

export interface OwnJoinOptions extends Pick<JoinMembers, "cluster" | "node"> {
  readonly key: Signer & { readonly key: string };
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/**
 * `POST /join` with the public key of a token in hex; answers with the payload of this node's own join and the signature by the node's key, in base64. The token's secret stays with whoever has it: he
 * adds its signature.
 */
export function ownJoin(options: OwnJoinOptions): Readonly<Record<string, AdminAction>> {
  const { cluster, node, key, wallClock } = options;
  return {
    "/join": ({ text }) => {
      const token = text.trim();
      if (!isHash(token)) throw joinError("the body holds anything but the public key of a token, 64 hex digits");
      const payload = writeJoinPayload({ cluster, node, key: key.key, token, time: wallClock() });
      const signature = Buffer.from(key.sign(joinToBeSigned(payload)));
      return { payload: payload.toString("base64"), signature: signature.toString("base64") };
    },
  };
}

function answerOf(answer: HandedIn): AdminAnswer {
  if (answer.outcome === "joined") {
    const text = "The node has its record: hand it to the node's own agent.";
    return new AdminAnswer(200, { outcome: answer.outcome, text, record: writeRecordText(answer.record) });
  }
  if (answer.outcome === "sent") {
    const text = "The join is on its way to a control node: ask again in a few seconds.";
    return new AdminAnswer(202, { outcome: "waits", text });
  }
  if (answer.outcome === "waits") {
    const { outcome, signed, needed } = answer;
    const text = `${signed} of ${needed} programs have signed: ask again in a few seconds.`;
    return new AdminAnswer(202, { outcome, text, signed, needed });
  }
  const { outcome, reason } = answer;
  const text = JOIN_REASONS[reason];
  if (answer.reason !== "quota") return new AdminAnswer(STATUSES[reason], { outcome, reason, text });
  const { quota } = answer;
  return new AdminAnswer(STATUSES.quota, { outcome, reason, text: `${text} ${quotaText(quota)}`, quota });
}

/** How much of how much there is, and until when. */
function quotaText({ of, used, most, seconds }: JoinQuota): string {
  const until =
    seconds === 0 ? "no time ends that" : `there may be another one in ${formatDuration(seconds * SECOND_MS)}`;
  return `There are ${used} of ${most} (${of}): ${until}.`;
}

const SECOND_MS = 1_000;

/** The status of a join that is refused. */
const STATUSES: Readonly<Record<JoinReason, number>> = {
  form: 422,
  cluster: 422,
  time: 422,
  "unknown-token": 403,
  "void-token": 403,
  "ended-token": 403,
  signature: 403,
  name: 409,
  "used-up": 409,
  quota: 429,
  "no-rule": 503,
  busy: 503,
  "no-answer": 503,
};

function joinError(message: string): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_JOIN";
  return new OperatorError(code, message, { advice: "Use `flor fabric join`, at the new node." });
}
