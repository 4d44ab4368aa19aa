/** `fabric-flor node`: one node in six parts. */
import { type QuestionAnswer, type QuestionCommand, requestAdmin } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";
import type { NodeAnswer } from "./node-questions.ts";
import { renderNode, type ShownNode } from "./render-node.ts";

export const NODE_COMMAND: QuestionCommand = {
  name: "node",
  description: "show a node: identity, roles, capabilities, policy, health, local state",
  argument: ["[name]", "another node than the process's own, as far as this one knows it"],
  options: [],
  ask,
};

async function ask(adminPath: string, name: string): Promise<QuestionAnswer> {
  const query = name === "" ? "" : `?${new URLSearchParams({ name }).toString()}`;
  const answer = (await requestAdmin(adminPath, `/node${query}`)) as NodeAnswer;
  const status = answer.isOwn ? ((await requestAdmin(adminPath, "/status")) as FabricFlorStatus) : undefined;
  const shown: ShownNode = { ...answer, findings: status?.findings ?? null };
  return { json: shown, text: renderNode(shown), exitCode: 0 };
}
