import { isOperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { z } from "zod";
import { ApiError } from "../api/exchange.ts";
import { type HandedIn, handedInForm } from "../api/handed-in.ts";
import {
  type Inspected,
  inspectedForm,
  type RecordsAgent,
  type Refusal,
  refusalForm,
} from "../proposals/agent-words.ts";

/** The agent of the node, at its admin socket, for records that people bring. */
export function openRecordsAgent(path: string): RecordsAgent {
  return {
    inspect: (text) => ask<Inspected | Refusal>(path, "/inspect", text, inspectedForm.or(refusalForm)),
    hand: (text) => ask<HandedIn>(path, "/records", text, handedInForm),
  };
}

/** The agent's word for a body at `/records` that is no record at all. */
const unsignedForm = z.object({ code: z.literal("ERR_FABRIC_UNSIGNED") });

/** @throws ApiError ERR_CONTROL_RECORD where the text is the mistake, ERR_CONTROL_AGENT_SILENT where the agent is */
async function ask<Answer>(path: string, route: string, body: string, form: z.ZodType<Answer>): Promise<Answer> {
  const isAnswer = (value: unknown): boolean => form.or(unsignedForm).safeParse(value).success;
  try {
    const answer = await requestAdmin(path, route, { method: "POST", body, isAnswer });
    if (unsignedForm.safeParse(answer).success)
      throw new ApiError("ERR_CONTROL_RECORD", "the body is no signed record");
    return form.parse(answer);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (isOperatorError(error) && error.code === "ERR_FABRIC_RECORDS")
      throw new ApiError("ERR_CONTROL_RECORD", error.message);
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiError("ERR_CONTROL_AGENT_SILENT", `the agent does not answer: ${why}`, { "retry-after": "1" });
  }
}
