import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { addonFile } from "@florenetes/native";
import { OperatorError } from "@florenetes/operator-text";
import { type Command, Option } from "commander";
import { FLOR_ERRORS } from "./error-codes.ts";
import type { Output } from "./output.ts";

type Language = keyof typeof PROGRAMS;

/** The words that start the program of a skeleton, from its folder. */
const PROGRAMS = { python: ["python3", "link_skeleton.py"], typescript: ["node", "src/link-skeleton.ts"] } as const;

/** The native add-on goes to this place in a skeleton. The add-on is made for flor's own kind of machine. */
const ADD_ONS: Partial<Record<Language, string>> = { typescript: "src/florenetes/florenetes.node" };

/** The skeletons that the build has gathered, by a path that is right from src/ and from the bundle. */
const SKELETONS = fileURLToPath(new URL("../dist/link-vertex", import.meta.url));

/** `flor link-vertex init`. */
export function addLinkVertexCommands(program: Command, output: Output): void {
  const linkVertex = program
    .command("link-vertex")
    .description("begin a link vertex of your own, for another link protocol than link-flor's")
    .helpCommand(false);

  linkVertex
    .command("init")
    .description(
      "write a skeleton that runs: FlorIO, Portal API, config and identity are done, the link protocol is yours",
    )
    .argument("<dir>", "folder to write into: a new one, or an empty one")
    .addOption(
      new Option("--language <language>", "what it is written in").choices(Object.keys(PROGRAMS)).makeOptionMandatory(),
    )
    .action((folder: string, { language }: { readonly language: Language }) =>
      initLinkVertex(folder, language, output),
    );
}

function initLinkVertex(folder: string, language: Language, output: Output): void {
  const skeleton = join(SKELETONS, language);
  if (!existsSync(skeleton)) throw skeletonError("ERR_FLOR_NO_SKELETON", `${skeleton} is not there`);
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
    if (readdirSync(path).length > 0) throw skeletonError("ERR_FLOR_FOLDER_NOT_EMPTY", `${path} is not empty`);
    cpSync(skeleton, path, { recursive: true });
    const addOn = ADD_ONS[language];
    if (addOn !== undefined) cpSync(addonFile(), join(path, addOn));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw skeletonError("ERR_FLOR_FOLDER_UNUSABLE", `${path} cannot be written into: ${(error as Error).message}`);
  }
  const [program, file] = PROGRAMS[language];
  output.out(`${path}: a link vertex to begin with. It runs, and its links are plain UDP on this machine alone.`);
  output.out(`  ${join(path, "README.md")} says what to do next. In a checkout of Florenetes, the first thing is:`);
  output.out(`  npm run vertex-kit -- "${program} ${join(path, file)}"`);
}

function skeletonError(
  code: "ERR_FLOR_NO_SKELETON" | "ERR_FLOR_FOLDER_NOT_EMPTY" | "ERR_FLOR_FOLDER_UNUSABLE",
  message: string,
): OperatorError {
  return new OperatorError(code, message, { advice: FLOR_ERRORS[code].advice });
}
