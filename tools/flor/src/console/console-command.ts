import { LiveSections, sectionIds, type Sections, SectionWriter } from "@florenetes/console";
import { untilSignal } from "@florenetes/process-kit";
import { type AskingOptions, openAskedMesh } from "../mesh-status/asked-mesh.ts";
import { SHOWN_AFTER_MS } from "../mesh-status/limits.ts";
import { drawPicture } from "../mesh-status/mesh-picture.ts";
import { MESH_TABLES } from "../mesh-status/picture-text.ts";
import type { Output } from "../output.ts";
import { consolePicture } from "./console-picture.ts";
import { openConsole } from "./console-server.ts";

export interface ConsoleCommandOptions extends AskingOptions {
  readonly port: number;
  /** Seconds. */
  readonly every: number;
}

/** Shows a mesh in a browser until SIGINT or SIGTERM. */
export async function showConsole(file: string, options: ConsoleCommandOptions, output: Output): Promise<void> {
  const { expected, nodes } = await openAskedMesh(file, options, output);
  const writer = new SectionWriter();
  const read = async (): Promise<Sections> => {
    nodes.askAgain();
    await nodes.settle(SHOWN_AFTER_MS);
    return writer.write(consolePicture(expected.mesh, drawPicture(expected, nodes.answers())));
  };
  const everyMs = options.every * 1_000;
  using sections = new LiveSections(read, everyMs);
  const stop = untilSignal("SIGINT", "SIGTERM");
  const { cluster } = expected.mesh;
  const { port } = options;
  await using server = await openConsole({ cluster, sectionIds: sectionIds(MESH_TABLES), sections, everyMs, port });
  output.out(`The console of cluster ${cluster} is at ${server.address} until Ctrl-C.`);
  await stop;
}
