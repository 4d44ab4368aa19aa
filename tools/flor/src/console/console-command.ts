import { LiveSections, sectionIds, type Sections, SectionWriter } from "@florenetes/console";
import { untilSignal } from "@florenetes/process-kit";
import { type AskingOptions, openAskedMesh } from "../mesh-status/asked-mesh.ts";
import { SHOWN_AFTER_MS } from "../mesh-status/limits.ts";
import { drawPicture } from "../mesh-status/mesh-picture.ts";
import type { Output } from "../output.ts";
import { askTrace } from "./ask-trace.ts";
import { CONSOLE_TABLES, consolePicture } from "./console-picture.ts";
import { openConsole } from "./console-server.ts";
import { figureTables } from "./figure-tables.ts";
import { MeshFigures } from "./mesh-figures.ts";
import { TraceDesk } from "./trace-desk.ts";

export interface ConsoleCommandOptions extends AskingOptions {
  readonly port: number;
  /** Seconds. */
  readonly every: number;
}

/** Shows a mesh in a browser until SIGINT or SIGTERM. */
export async function showConsole(file: string, options: ConsoleCommandOptions, output: Output): Promise<void> {
  const { expected, nodes } = await openAskedMesh(file, options, output);
  const writer = new SectionWriter();
  const figures = new MeshFigures(expected);
  const read = async (): Promise<Sections> => {
    nodes.askAgain();
    await nodes.settle(SHOWN_AFTER_MS);
    const answers = nodes.answers();
    const now = performance.now();
    figures.handleAnswers(answers, now);
    return writer.write(consolePicture(expected.mesh, drawPicture(expected, answers), figureTables(figures, now)));
  };
  const everyMs = options.every * 1_000;
  const traces = new TraceDesk(
    expected,
    (target) => askTrace(expected.mesh, options, target),
    () => performance.now(),
  );
  using sections = new LiveSections(read, everyMs);
  const stop = untilSignal("SIGINT", "SIGTERM");
  const { cluster } = expected.mesh;
  const { port } = options;
  const ids = sectionIds(CONSOLE_TABLES);
  await using server = await openConsole({ cluster, sectionIds: ids, sections, everyMs, traces, port });
  output.out(`The console of cluster ${cluster} is at ${server.address} until Ctrl-C.`);
  await stop;
}
