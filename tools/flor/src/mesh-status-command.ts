import { visibleJson, EXIT_CODES } from "@florenetes/operator-text";
import { showAgain, terminalWidth, watchPause, wrapLine } from "@florenetes/process-kit";
import type { Command } from "commander";
import { addAskingOptions, type AskingOptions, openAskedMesh } from "./mesh-status/asked-mesh.ts";
import { SHOWN_AFTER_MS } from "./mesh-status/limits.ts";
import { drawPicture, type MeshPicture } from "./mesh-status/mesh-picture.ts";
import { formatPicture } from "./mesh-status/picture-text.ts";
import type { Output } from "./output.ts";

interface StatusOptions extends AskingOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly watch?: string | true;
}

/** `flor mesh status`. */
export function addMeshStatusCommand(mesh: Command, output: Output, finish: (exitCode: number) => void): void {
  const command = mesh
    .command("status")
    .description("ask all nodes of a mesh file, and show one picture of the mesh; changes nothing");
  addAskingOptions(command)
    .option("--json", "for programs")
    .option("-q, --quiet", "print nothing: only the exit code says whether all is as it should be")
    .option("-w, --watch [seconds]", "show it again and again")
    .action(async (file: string, options: StatusOptions) => {
      const { expected, nodes } = await openAskedMesh(file, options, output);
      const pauseMs = options.watch === undefined ? undefined : watchPause(options.watch);
      const draw = (): string => {
        const picture = drawPicture(expected, nodes.answers());
        finish(picture.isWhole ? EXIT_CODES.ok : EXIT_CODES.failed);
        return options.json ? toJson(picture) : toText(picture);
      };
      const isForPeople = options.json !== true && options.quiet !== true;
      const read = async (): Promise<string> => {
        nodes.askAgain();
        await nodes.settle(isForPeople ? SHOWN_AFTER_MS : undefined);
        return draw();
      };
      if (pauseMs !== undefined) await showAgain(async () => `${await read()}\n`, pauseMs, options.json === true);
      let text = await read();
      if (nodes.missing.length > 0) {
        output.out(`${text}\n\nThat is all that has come so far. Waiting for ${nodes.missing.join(", ")} …\n`);
        await nodes.settle();
        text = draw();
      }
      if (options.quiet !== true) output.out(text);
    });
}

function toJson(picture: MeshPicture): string {
  return visibleJson(JSON.stringify(picture));
}

function toText(picture: MeshPicture): string {
  const width = terminalWidth();
  return formatPicture(picture, width)
    .split("\n")
    .flatMap((line) => wrapLine(line, width, 4))
    .join("\n");
}
