import { type Mesh, nodeSockets } from "@florenetes/mesh-file";
import { foreignText } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { type AskingOptions, SOCKET_PREFIX } from "../mesh-status/asked-mesh.ts";
import { ANSWER_SIZE_MAX, TEXT_LENGTH_MAX } from "../mesh-status/limits.ts";
import { quoted } from "../mesh-status/node-answer.ts";
import { secondsOf } from "../mesh-status/via.ts";
import { commandNode, fillIn, nodeCommand, runNodeCommand } from "../node-commands.ts";
import { TRACE_MS_MAX } from "./limits.ts";
import type { TraceTarget } from "./trace-desk.ts";
import { readTraceOutput, readTraceReport, type TraceAnswer } from "./trace-report.ts";

/** Has a node follow a tunnel or a path to its end, over the command or the tunnel by which its status is asked. Never rejects. */
export async function askTrace(mesh: Mesh, options: AskingOptions, target: TraceTarget): Promise<TraceAnswer> {
  try {
    return await ask(mesh, options, target);
  } catch (error) {
    return { silence: foreignText(error instanceof Error ? error.message : String(error), TEXT_LENGTH_MAX) };
  }
}

async function ask(mesh: Mesh, { via, timeout }: AskingOptions, { node, name }: TraceTarget): Promise<TraceAnswer> {
  const place = commandNode(node, [mesh]);
  const timeoutMs = Math.min(secondsOf(timeout), TRACE_MS_MAX);
  if (via.startsWith(SOCKET_PREFIX)) {
    const socket = fillIn(via.slice(SOCKET_PREFIX.length), place).replaceAll("{program}", "cluster-flor");
    const route = `/trace?${new URLSearchParams({ target: name }).toString()}`;
    return readTraceReport(await requestAdmin(socket, route, { method: "POST", timeoutMs, sizeMax: ANSWER_SIZE_MAX }));
  }
  const { clusterAdmin } = nodeSockets(
    mesh,
    mesh.nodes.find((each) => each.name === node)!,
  );
  // The shell reads the script from standard input, so the program must not read that.
  const asked = `cluster-flor trace --json --admin ${quoted(clusterAdmin)} -- ${quoted(name)} </dev/null 2>&1`;
  const input = `${asked}\nexit 0\n`;
  const result = await runNodeCommand(nodeCommand(via, place, ["sh"]), {
    input,
    timeoutMs,
    outputMax: ANSWER_SIZE_MAX,
  });
  return "problem" in result ? { silence: result.problem } : readTraceOutput(result.stdout);
}
