import { spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Command, CommanderError, Option } from "commander";
import { EXIT_CODES } from "@florenetes/operator-text";
import { untilSignal } from "@florenetes/process-kit";
import { askLab, chooseLab, runningLabs } from "./control-client.ts";
import type { RunningLab } from "./control-client.ts";
import { type DemoOptions, runDemo } from "./demo.ts";
import { sendRequests, watchAnswers } from "./demo-request.ts";
import { tellDevice } from "./demo-device.ts";
import { runDemoService } from "./demo-service.ts";
import { download } from "./demo-stream.ts";
import { chaosProgram, PROCESS_NAMES } from "./executables.ts";
import type { Lab } from "./lab.ts";
import { openLab } from "./open-lab.ts";
import { parseLinkVertices, requirePortals } from "./link-vertex-option.ts";
import { serveLab } from "./lab-control.ts";
import { labError } from "./lab-error.ts";
import { requireHostPort, runRelay } from "./relay.ts";
import { playScenario, playStep, readScenario, requireStep, wholeAgainMs } from "./scenario.ts";
import { DOWN_MS_MAX, POLL_MS } from "./limits.ts";
import { inNamespace } from "./namespaces.ts";
import { drawMesh } from "./picture.ts";
import { isRunning, LAB_VARIABLE, signalProcess } from "./procfs.ts";
import { sweepDeadLabs, sweepLab } from "./sweep.ts";
import { createProgress, print } from "./terminal.ts";

/** Runs a command line; returns the exit code. */
export async function runMeshlab(args: readonly string[]): Promise<number> {
  let code: number = EXIT_CODES.ok;
  const program = createProgram((result) => (code = result));
  if (args.length === 0) {
    program.outputHelp();
    return EXIT_CODES.misconfigured;
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_CODES.ok;
    const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    throw labError("ERR_LAB_USAGE", message, "See meshlab --help.", { exitCode: EXIT_CODES.misconfigured });
  }
  return code;
}

const LINK_VERTEX = new Option(
  "--link-vertex <[portal=]command>",
  "runs in place of link-flor, or at a portal, with its config file: a program and its arguments; may come again",
).argParser((text, before: readonly string[] | undefined) => [...(before ?? []), text]);

function createProgram(finish: (code: number) => void): Command {
  const program = new Command("meshlab");
  program.description("A mesh of real processes on this machine, from one mesh file");
  program.enablePositionalOptions();
  program.helpCommand(false);
  program.exitOverride();
  program.configureOutput({ writeErr: () => {} }); // the thrown error has this text
  const labOption = (): Option =>
    new Option("--lab <name>", "which lab, when several are up: its cluster, its folder, or the letters at its end");
  const processName = `${PROCESS_NAMES.join(", ")} or link-PORTAL`;

  program
    .command("up <mesh-files...>")
    .description("bring a mesh up, and keep it until Ctrl-C; of several files, of several clusters, on the same nodes")
    .option("--netns", "each node in a network namespace of its own (root)")
    .option("--relays", "a relay in each link, which can rebind and impair it")
    .addOption(LINK_VERTEX)
    .action(async (files: readonly string[], options: UpOptions) => finish(await runUp(files, options)));
  program
    .command("run <scenario-file>")
    .description("play a scenario of faults, and wait until the mesh is whole again")
    .option("--mesh <mesh-file>", "on a mesh of its own, instead of one that is up")
    .option("--netns", "with --mesh: each node in a network namespace of its own (root)")
    .option("--relays", "with --mesh: a relay in each link")
    .addOption(labOption())
    .action(async (file: string, options: ScenarioOptions) => runScenario(file, options));
  addDemoCommand(program, finish);
  addFabricCommand(program, finish);
  program
    .command("status")
    .description("show the mesh and its links")
    .option("--json", "everything that the processes say, for programs")
    .addOption(labOption())
    .action(async ({ lab, json = false }: { lab?: string; json?: boolean }) => {
      const status = (await askLab(await chooseLab(lab), "status")) as { text: string };
      print(json ? JSON.stringify(status, undefined, 2) : status.text);
    });
  program
    .command("logs <node> <process>")
    .description(`show what a process has logged (${processName})`)
    .addOption(labOption())
    .action(async (node: string, process: string, { lab }: { lab?: string }) => {
      print(((await askLab(await chooseLab(lab), "logs", { node, process })) as { text: string }).text);
    });
  program
    .command("exec <node> [command...]")
    .description("run a command in a node: meshlab exec a -- curl http://127.0.0.1:18080/")
    .addOption(labOption())
    .passThroughOptions()
    .action(async (node: string, argv: string[], { lab }: { lab?: string }) =>
      finish(await execInNode(await chooseLab(lab), node, argv)),
    );
  program
    .command("kill <node> <process>")
    .description(`send a signal to ${processName}`)
    .option("--signal <name>", "as in SIGTERM, SIGSTOP, SIGCONT", "SIGKILL")
    .addOption(labOption())
    .action(async (node: string, process: string, { lab, signal }: { lab?: string; signal: string }) => {
      await askLab(await chooseLab(lab), "kill", { node, process, signal });
    });
  for (const [action, [words, what]] of Object.entries(STEP_COMMANDS)) {
    program
      .command(`${action} ${words}`)
      .description(what)
      .addOption(labOption())
      .action(async (...given: unknown[]) => {
        const { lab } = given.at(-2) as { lab?: string };
        const { words } = requireStep(action, given.slice(0, -2).flat().filter(isString).join(" "));
        await askLab(await chooseLab(lab), "step", { action, words });
      });
  }
  program
    .command("link <state> <a> <b> [tag]")
    .description("cut the wire of a link (down), or mend it (up); in namespaces")
    .addOption(labOption())
    .action(async (state: string, a: string, b: string, tag: string | undefined, { lab }: { lab?: string }) => {
      if (state !== "up" && state !== "down")
        throw labError("ERR_LAB_UNKNOWN", `"${state}" is neither "up" nor "down"`, "As in: meshlab link down a b.");
      await askLab(await chooseLab(lab), "link", { state, a, b, tag: tag ?? "0" });
    });
  program
    .command("down")
    .description("take a mesh down, and remove what crashed ones left behind")
    .option("--all", "all meshes of this user")
    .addOption(labOption())
    .action(async ({ all = false, lab }: { all?: boolean; lab?: string }) => runDown(all, lab));
  addInnerCommands(program);
  return program;
}

/** Commands that are steps of a scenario. */
const STEP_COMMANDS: Readonly<Record<string, readonly [words: string, what: string]>> = {
  start: ["<node> [process]", "start a process that does not run, or both of a node (* for all nodes)"],
  restart: ["<node> [process]", "end a process and start it again, or both of a node"],
  freeze: ["<node> [process]", "stop a process where it is, or both of a node"],
  thaw: ["<node> [process]", "let it go on"],
  lose: ["<node>", "a machine is gone: wires down, processes frozen; in namespaces"],
  recover: ["<node>", "it is back"],
  rebind: ["<a> <b> [tag]", "the originator of a link appears at another port; with relays"],
  revoke: ["<principal>", "the CA revokes user/alice, and its list is on all nodes at once"],
  renew: ["<principal>", "it gets another certificate and key, in use at once"],
  impair: [
    "<a> <b> [words...]",
    "[tag] delay=20ms jitter=5ms loss=1% duplicate=1% reorder=1% rate=20mbit; with relays; none: as it was",
  ],
};

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function addDemoCommand(program: Command, finish: (code: number) => void): void {
  program
    .command("demo")
    .description("four nodes in a line and a web request over three links")
    .option("--netns", "each node in a network namespace of its own (root)")
    .option("--once", "exit after the answer")
    .option("--recursive", "two meshes on five nodes: a link of the one runs through a tunnel of the other")
    .addOption(
      new Option("--facts", "three nodes with control agents: a service is moved by one signed record").conflicts([
        "recursive",
        "fabric",
      ]),
    )
    .addOption(
      new Option("--fabric", "six nodes with control agents: a relay dies under a download").conflicts("recursive"),
    )
    .addOption(
      new Option("--vpn", "six nodes and a VPN, whose exit is stopped (root)").conflicts([
        "recursive",
        "facts",
        "fabric",
      ]),
    )
    .addOption(
      new Option("--fleet", "nine nodes, two tenants, a phone, and a release that goes back (root)").conflicts([
        "recursive",
        "facts",
        "fabric",
        "vpn",
      ]),
    )
    .option("--portable", "over the engine that needs no Rust, and nothing is built in Rust")
    .action(async (options: Partial<DemoOptions>) => {
      const { netns = false, once = false, recursive = false, portable = false } = options;
      const { facts = false, fabric = false, vpn = false, fleet = false } = options;
      finish(await runDemo({ netns, once, recursive, facts, fabric, vpn, fleet, portable }));
    });
}

function addFabricCommand(program: Command, finish: (code: number) => void): void {
  addChaosCommand(
    program,
    "fabric",
    "twelve nodes with control agents in namespaces: programs use leased routes while all dies at random (root)",
    finish,
  );
  addChaosCommand(
    program,
    "vpn",
    "a VPN with two exits over nodes with control agents: programs go over it while all dies at random (root)",
    finish,
  );
  addChaosCommand(
    program,
    "fleet",
    "twelve nodes, half of them behind routers: programs use them while addresses change and all dies at random (root)",
    finish,
  );
}

/** Adds a command that has meshes broken and judged by the program for that. */
function addChaosCommand(
  program: Command,
  mesh: "fabric" | "vpn" | "fleet",
  description: string,
  finish: (code: number) => void,
): void {
  program
    .command(mesh)
    .description(description)
    .option("--minutes <n>", "how long faults go on", "2")
    .option("--seed <n>", "the same faults as in the run that printed it; without it they are new ones")
    .option("--only <workloads>", "comma-separated names; see --list")
    .option("--list", "say what the workloads and the faults are, and do nothing")
    .option(
      "--engine <engine>",
      "the QUIC engine of the whole mesh: native or portable; without it the one that programs choose",
    )
    .option("--sums <file>", "where the numbers of passed, failed and skipped judgements go, as JSON")
    .action(async (options: Readonly<Record<string, string | boolean>>) => {
      const given = Object.entries(options).flatMap(([name, value]) => [
        `--${name}`,
        ...(value === true ? [] : [`${value}`]),
      ]);
      finish(await runAtTerminal([...chaosProgram(), `--${mesh}`, ...given], process.env));
    });
}

/** Adds the commands that meshlab itself starts: the keeper's work, and the two ends of the demo. */
function addInnerCommands(program: Command): void {
  const inner = (words: string): Command => program.command(words, { hidden: true });
  inner("sweep <folder>").action(async (folder: string) => sweepLab(folder));
  inner("relay <listen> <target>").action(async (listen: string, target: string) => {
    await runRelay(requireHostPort(listen), requireHostPort(target));
  });
  inner("demo-service <host> <port> <node>").action(async (host: string, port: string, node: string) => {
    await runDemoService(host, Number(port), node);
  });
  inner("demo-watch <url> <text>").action(async (url: string, text: string) => {
    print(JSON.stringify(await watchAnswers(url, text, () => print("begun"))));
  });
  inner("demo-download <url>").action(async (url: string) => {
    print(JSON.stringify(await download(url, () => print("begun"))));
  });
  inner("demo-device <file>").action((file: string) => tellDevice(file));
  inner("demo-request <url> <count>").action(async (url: string, count: string) => {
    const answer = await sendRequests(url, Number(count)).catch((error: Error) => {
      throw labError("ERR_LAB_REQUEST", error.message, "Is the mesh up?", { cause: error });
    });
    print(JSON.stringify(answer));
  });
}

interface PlaceOptions {
  readonly netns?: boolean;
  readonly relays?: boolean;
}

interface UpOptions extends PlaceOptions {
  readonly linkVertex?: readonly string[];
}

async function runUp(files: readonly string[], options: UpOptions): Promise<number> {
  const { netns = false, relays = false } = options;
  const other = parseLinkVertices(options.linkVertex ?? []);
  const progress = createProgress();
  const isSignalled = untilSignal("SIGINT", "SIGTERM", "SIGHUP").then(() => "signal" as const);
  await using opened = new AsyncDisposableStack();
  const labs: Lab[] = [];
  for (const file of files) {
    const mode = netns ? "netns" : "loopback";
    const beside = labs.length === 0 ? {} : { beside: labs.at(-1)! };
    const told = { onProgress: progress, onDeath: progress };
    const lab = opened.use(await openLab(file, { mode, relays, ...other, ...beside, ...told }));
    opened.use(await serveLab(lab));
    for (const warning of lab.warnings) progress(`warning: ${warning}`);
    labs.push(lab);
  }
  requirePortals(labs, Object.keys(other.linkVertices));
  const up = Promise.all(labs.map((lab) => lab.up())).then(() => "up" as const);
  up.catch(() => {}); // `up` fails when the lab is taken down meanwhile
  if ((await Promise.race([up, isSignalled])) === "up") {
    for (const lab of labs) print(`\n${drawMesh(lab.mesh, await lab.statuses())}`);
    const folders = labs.map(({ folder }) => folder).join(", ");
    print(`The mesh stays up until Ctrl-C. Its files are in ${folders}.`);
    await isSignalled;
  }
  progress("taking the mesh down");
  return EXIT_CODES.ok;
}

interface ScenarioOptions extends PlaceOptions {
  readonly mesh?: string;
  readonly lab?: string;
}

async function runScenario(file: string, options: ScenarioOptions): Promise<void> {
  const progress = createProgress();
  const steps = await readScenario(file);
  if (options.mesh === undefined) {
    const lab = await chooseLab(options.lab);
    await playScenario(steps, async (step) => {
      progress(`${step.action} ${step.words}`);
      await askLab(lab, "step", { action: step.action, words: step.words });
    });
    await askLab(lab, "wait", { timeoutMs: String(wholeAgainMs(steps)) });
  } else {
    const { mesh, netns = false, relays = false } = options;
    await using lab = await openLab(mesh, { mode: netns ? "netns" : "loopback", relays, onProgress: progress });
    const isSignalled = untilSignal("SIGINT", "SIGTERM", "SIGHUP");
    const played = lab.up().then(async () => {
      await playScenario(steps, async (step) => {
        progress(`${step.action} ${step.words}`);
        await playStep(lab, step);
      });
      await lab.waitUntilWhole(wholeAgainMs(steps));
    });
    played.catch(() => {}); // the scenario fails when the lab is taken down meanwhile
    const signal = await Promise.race([played, isSignalled]);
    if (signal !== undefined) throw labError("ERR_LAB_CLOSED", `ended by ${signal}`, "Run it again.");
  }
  print("the mesh is whole again");
}

async function execInNode(lab: RunningLab, node: string, argv: readonly string[]): Promise<number> {
  const given = argv[0] === "--" ? argv.slice(1) : argv;
  const words = given.length > 0 ? given : [process.env["SHELL"] ?? "sh"];
  const { namespaces, mode } = lab.state;
  const namespace = namespaces[node];
  if (mode === "netns" && namespace === undefined) {
    throw labError("ERR_LAB_UNKNOWN", `there is no node "${node}"`, `Nodes: ${Object.keys(namespaces).join(", ")}.`);
  }
  const env = { ...process.env, [LAB_VARIABLE]: lab.folder, FLORENETES_NODE: node };
  return runAtTerminal(namespace === undefined ? words : [...inNamespace(namespace), ...words], env);
}

/** Hands the terminal to a command. @returns its exit code */
function runAtTerminal([command = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(command, args, { stdio: "inherit", env });
  process.on("SIGINT", () => {}); // the terminal sends SIGINT to the command, too, which decides
  child.once("error", (error) =>
    reject(labError("ERR_LAB_COMMAND", `cannot run ${command}: ${error.message}`, "Is it installed?")),
  );
  child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  return promise;
}

async function runDown(isAll: boolean, name: string | undefined): Promise<void> {
  const swept = await sweepDeadLabs();
  for (const folder of swept) print(`removed what was left of ${folder}`);
  const labs = await runningLabs();
  if (labs.length === 0 && swept.length > 0) return;
  for (const lab of isAll ? labs : [await chooseLab(name)]) await takeDown(lab);
}

async function takeDown(lab: RunningLab): Promise<void> {
  const { owner } = lab.state;
  signalProcess(owner, "SIGTERM");
  const deadline = performance.now() + DOWN_MS_MAX;
  while (isRunning(owner) && performance.now() < deadline) await sleep(POLL_MS);
  if (isRunning(owner)) signalProcess(owner, "SIGKILL");
  await sweepLab(lab.folder);
  print(`${lab.folder} is down`);
}
