import { describeRecord, type Bodies, bodyOf, LOAD_MAX } from "@florenetes/facts";
import { proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import { OperatorError } from "@florenetes/operator-text";
import type { Command } from "commander";
import { FLOR_ERRORS } from "../error-codes.ts";
import type { Output } from "../output.ts";
import { askInForce } from "./asked-agent.ts";
import { parseEnd } from "./proposal-options.ts";
import { writeNewRecord } from "./record-files.ts";
import { usageError } from "./usage-error.ts";

interface MoveOptions {
  readonly agent: string;
  readonly to: string;
  readonly from?: string;
  readonly scope: string;
  readonly expires?: (now: number) => number;
  readonly out?: string;
}

type Host = Bodies["service"]["hosts"][number];

/** `flor fabric service …`. */
export function addServiceCommands(fabric: Command, output: Output): void {
  const service = fabric.command("service").description("where services of the cluster are").helpCommand(false);
  service
    .command("move")
    .description("propose that a service moves from one node to another, which has to serve it already")
    .argument("<name>", "name of the service")
    .requiredOption("--to <node>", "the node that is to serve it")
    .option("--from <node>", "the node that serves it now (default: the only one)")
    .requiredOption(
      "--agent <socket>",
      "the admin socket of an agent that knows both nodes, as that of the new one does",
    )
    .option("--scope <scope>", "org/<name>, or cluster", "cluster")
    .option("--expires <when>", "a time as 2027-01-31T12:00:00Z, or a duration as 30d (default: 30 days)", parseEnd)
    .option("--out <file>", "the file to write; it must not exist yet (default: it is shown)")
    .action((name: string, options: MoveOptions) => move(name, options, output));
}

async function move(name: string, options: MoveOptions, output: Output): Promise<void> {
  const { agent, scope, to, out } = options;
  const now = Date.now();
  const before = await askInForce(agent, { kind: "service", scope, subject: name });
  const body = before === undefined ? undefined : bodyOf(before, "service");
  if (before === undefined || body === undefined)
    throw usageError(`the agent has no record of service ${name} in force`);
  const hosts = movedHosts(name, body.hosts, options);
  await requireServing(name, to, agent);
  const { cluster, authority } = before;
  const terms = { cluster, scope, subject: name, now, after: before, expires: options.expires?.(now) };
  const octets = proposeRecord({ ...terms, kind: "service", body: { ...body, hosts }, authority });
  writeNewRecord(out, octets, output);
  if (out !== undefined) output.out(describeRecord(requireRecord(octets), now));
}

/** The hosts with another one in the place of one of them: it has that one's priority and weight. */
function movedHosts(name: string, hosts: readonly Host[], { from, to }: MoveOptions): readonly Host[] {
  const names = hosts.map(({ node }) => node).join(", ");
  if (hosts.some(({ node }) => node === to))
    throw usageError(`node ${to} is a host of service ${name} already: ${names}`);
  if (from === undefined && hosts.length !== 1)
    throw usageError(`service ${name} has several hosts: name one of them by --from: ${names}`);
  const leaving = from ?? hosts[0]!.node;
  if (!hosts.some(({ node }) => node === leaving))
    throw usageError(`node ${leaving} is no host of service ${name}: ${names}`);
  return hosts.map((host) => (host.node === leaving ? { ...host, node: to } : host));
}

/** The new host has to be there before the old one leaves: clients would find nobody otherwise. */
async function requireServing(name: string, node: string, agent: string): Promise<void> {
  const fact = await askInForce(agent, { kind: "announce", scope: "cluster", subject: node });
  const announce = fact === undefined ? undefined : bodyOf(fact, "announce");
  if (announce === undefined) throw notServed(`the agent knows no announcement of node ${node}`);
  const served = announce.services.find(({ service }) => service === name);
  if (served === undefined) throw notServed(`node ${node} does not announce service ${name}`);
  if (served.load === LOAD_MAX) throw notServed(`the program of service ${name} is down at node ${node}`);
}

function notServed(message: string): OperatorError {
  return new OperatorError("ERR_FLOR_NOT_SERVED", message, { advice: FLOR_ERRORS.ERR_FLOR_NOT_SERVED.advice });
}
