import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { programVersion } from "@florenetes/process-kit";
import { Command, CommanderError } from "commander";
import { addCaCommands } from "./ca-commands.ts";
import { FLOR_ERRORS } from "./error-codes.ts";
import { addConsoleCommand } from "./console/add-console-command.ts";
import { addDocsCommand } from "./docs/add-docs-command.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addExplainCommand } from "./explain/explain-command.ts";
import { addFabricCommands } from "./fabric/fabric-commands.ts";
import { addIdentityCommands } from "./identity-commands.ts";
import { addInspectCommand } from "./inspect-command.ts";
import { addLinkVertexCommands } from "./link-vertex-commands.ts";
import { addMeshCommands } from "./mesh-commands.ts";
import { addIssuerCommand } from "./issuer/add-issuer-command.ts";
import type { Output } from "./output.ts";
import { addReleaseCommands } from "./release/release-commands.ts";
import { addStoreCommands } from "./store/store-commands.ts";
import { addUnitCommands } from "./units/unit-commands.ts";

const afterHelp = `
A new cluster, from nothing:
  $ flor ca init --cluster demo --out ca                         the CA; keep this folder offline
Every vertex (node), service and user gets an identity of its own. The key never travels:
  $ flor identity request vertex a --cluster demo --out vertex   on the node: the key stays, the request goes
  $ flor ca sign request.pem --ca ca --out a.bundle              at the CA
  $ flor identity install a.bundle --into vertex                 on the node
Or in one trip, sealed with a passphrase:
  $ flor ca invite user alice --ca ca --out alice.bundle         at the CA
  $ flor identity install alice.bundle --into alice              on the node
Or, for labs, a folder that is ready for use:
  $ flor ca issue service web --ca ca --out web
The config files of every node come from one mesh file:
  $ flor mesh check mesh.yaml                                    does it make sense?
  $ flor mesh render mesh.yaml --out nodes                       the config files
  $ flor mesh apply mesh.yaml --out nodes                        later: the nodes take what has changed
  $ flor mesh status mesh.yaml                                   how all nodes are
  $ flor console mesh.yaml                                       the same in a browser, as it changes

Who may say what in a cluster is said by records, which several operators sign:
  $ flor fabric init --cluster demo --operators alice,bob,carol --out fabric     for a lab; else from keys that were mailed
  $ flor fabric propose service web --cluster demo --host c --out web.fact
  $ flor fabric sign web.fact --key fabric/alice                 and then by another one
  $ flor fabric publish web.fact --agent <socket>                to any node's agent

Which software the nodes take by themselves, and which of them:
  $ flor release add repository --packages dist --channel stable --stage 100
  $ flor release sign repository --key fabric/alice              and then by another one
  $ flor release publish repository --agent <socket>

What nodes keep for you, sealed before it leaves this machine:
  $ flor store put cluster/papers report.pdf --sessions <socket> --agent <socket>
  $ flor store get cluster/papers report.pdf --identity key.txt --out report.pdf --sessions <socket> --agent <socket>

Before an identity ends:
  $ flor identity renew vertex                                   on the node; then sign and install as above
Or without a person:
  $ flor ca intermediate --ca ca --out issuer-ca                 a CA below the root, for the issuer's machine
  $ flor issuer --config issuer.yaml                             renews what is valid
  $ flor identity keep --config keep.yaml                        on the node, each hour: asks, and has it used

For another link protocol than that of link-flor:
  $ flor link-vertex init my-link --language python              a link vertex to begin with

When something does not work:
  $ flor doctor                                                  what is wrong with this node
  $ flor explain LINK_DOWN                                       what a code means
  $ flor docs                                                    all documents, in a browser

Later, when a key was lost or somebody leaves:
  $ flor ca revoke user/alice --ca ca                            copy ca/crl.pem into every identity folder then
  $ flor ca list --ca ca --expiring 30d                          what was issued, what ends soon, what is revoked

Exit codes: 0 done; 1 tried and failed; 2 something has to be changed first (the error says what);
70 a mistake of flor itself. Errors name a stable code: flor explain CODE.`;

/** Runs a command line without the program's name. Returns the exit code. Throws operator errors. */
export async function runFlor(args: readonly string[], output: Output): Promise<number> {
  let exitCode: number = EXIT_CODES.ok;
  const program = new Command("flor")
    .description("The operator's tool of Florenetes: the CA of a cluster, identities, mesh files.")
    .version(programVersion(new URL("../package.json", import.meta.url)))
    .addHelpText("after", afterHelp)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: () => undefined,
    })
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false });
  const finish = (code: number): void => {
    exitCode = code;
  };
  addCaCommands(program, output);
  addIdentityCommands(program, output, finish);
  addConsoleCommand(program, output);
  addDocsCommand(program, output);
  addDoctorCommand(program, output, finish);
  addExplainCommand(program, output);
  addFabricCommands(program, output, finish);
  addReleaseCommands(program, output, finish);
  addStoreCommands(program, output, finish);
  addInspectCommand(program, output, finish);
  addMeshCommands(program, output, finish);
  addLinkVertexCommands(program, output);
  addIssuerCommand(program);
  addUnitCommands(program, output);

  if (args.length === 0) {
    program.outputHelp();
    return EXIT_CODES.misconfigured;
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_CODES.ok;
    throw usageError(error, program, args);
  }
  return exitCode;
}

/** The error of a wrong command line, with the parser's message. The parser has none for a command without its sub-command. */
function usageError(error: CommanderError, program: Command, args: readonly string[]): OperatorError {
  const command = findCommand(program, args);
  const isBare = error.code === "commander.help";
  const names = command.commands.map((child) => child.name()).join(", ");
  const message = isBare
    ? `${commandPath(command)} needs one of: ${names}`
    : error.message.replace(/^error: /, "").replaceAll("\n", " ");
  const { advice } = FLOR_ERRORS.ERR_FLOR_USAGE;
  const usage = `usage: ${commandPath(command)} ${command.usage()}`;
  return new OperatorError("ERR_FLOR_USAGE", message, { advice: `${usage}\n    ${advice}` });
}

function findCommand(program: Command, args: readonly string[]): Command {
  let command = program;
  for (const arg of args) {
    const child = command.commands.find((child) => child.name() === arg);
    if (child === undefined) break;
    command = child;
  }
  return command;
}

function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}
