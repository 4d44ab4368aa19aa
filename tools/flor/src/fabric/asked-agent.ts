import { type Fact, readRecordTexts, slotOf } from "@florenetes/facts";
import { readRecord } from "@florenetes/facts/authoring";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { z } from "zod";

const answerForm = z.object({ facts: z.array(z.object({ proof: z.string() })) });

type Slot = Pick<Fact, "kind" | "scope" | "subject">;

/** Asks an agent at its admin socket for the record of a slot that is in force; undefined when there is none. Throws ERR_ADMIN_…. */
export async function askInForce(agent: string, slot: Slot): Promise<Fact | undefined> {
  const query = new URLSearchParams({ kind: slot.kind, subject: slot.subject });
  const answer = answerForm.safeParse(await requestAdmin(agent, `/facts?${query.toString()}`));
  if (!answer.success) throw answerError(agent, "answered what are no records");
  const facts = answer.data.facts.map(({ proof }) => {
    const fact = readRecord(readRecordTexts(proof)?.[0] ?? Buffer.of());
    if (typeof fact === "string") throw answerError(agent, `answered a record that is none (${fact})`);
    return fact;
  });
  return facts.find((fact) => slotOf(fact) === slotOf(slot));
}

/** The error of an agent whose answer has another form than this version knows. */
export function answerError(agent: string, message: string): OperatorError {
  const advice = "Is the socket that of an agent, in about the same version?";
  return new OperatorError("ERR_ADMIN_ANSWER", message, {
    advice,
    where: { file: agent },
    exitCode: EXIT_CODES.unreachable,
  });
}
