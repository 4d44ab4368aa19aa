import { loadConfig } from "@florenetes/config-file";
import { describeRecord, type Bodies, bodyOf, type Kind, KINDS } from "@florenetes/facts";
import { proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import { WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Output } from "../output.ts";
import { parseCount, type ProposalOptions, readTerms, withProposalOptions } from "./proposal-options.ts";
import { readPublicKeyArgument } from "./public-key-argument.ts";
import { addRootProposal } from "./root-proposal-command.ts";
import { writeNewRecord } from "./record-files.ts";

interface BodyOptions extends ProposalOptions {
  readonly body?: string;
}

interface NodeOptions extends BodyOptions {
  readonly key?: string;
  readonly organization?: string;
  readonly partition?: string;
  readonly tier?: number;
}

interface ServiceOptions extends BodyOptions {
  readonly host?: readonly Host[];
  readonly alias?: readonly string[];
  readonly class?: readonly string[];
  readonly mode?: Bodies["service"]["mode"];
  readonly by?: string;
}

interface RoleOptions extends BodyOptions {
  readonly action?: readonly string[];
  readonly service?: readonly string[];
  readonly depth?: number;
}

type Host = Bodies["service"]["hosts"][number];
type Made<K extends Kind> = Partial<Bodies[K]>;

/** `flor fabric propose …`. */
export function addProposeCommands(fabric: Command, output: Output): void {
  const propose = fabric.command("propose").description("make a record that nobody has signed yet").helpCommand(false);

  withBody(propose.command("node"))
    .description("who a node is: its own key, its organization, its place")
    .argument("<name>", "name of the node")
    .option("--key <key>", "the public key by which the node's agent signs: a file, or 64 hex digits")
    .option("--organization <name>", "whose node it is")
    .option("--partition <name>", "the part of the cluster that it is in")
    .option("--tier <n>", "how far it is trusted; 0 is the lowest (default: 0)", parseCount)
    .action((name: string, options: NodeOptions) =>
      proposeKind("node", name, options, nodeBody(name, options), output),
    );

  withBody(propose.command("service"))
    .description("which nodes serve a service")
    .argument("<name>", "name of the service")
    .option("--host <node>", "NODE[:PRIORITY[:WEIGHT]]; may be given several times", collectHost)
    .option("--alias <name...>", "other names of it")
    .option("--class <name...>", "classes of its connections (default: all)")
    .addOption(
      new Option("--mode <mode>", "whether all hosts serve, or one that leads").choices(["active-active", "leader"]),
    )
    .option("--by <authority>", "the authority that signs it, where a policy does not leave it to `control`")
    .action((name: string, options: ServiceOptions) =>
      proposeKind("service", name, options, serviceBody(options), output, options.by),
    );

  withBody(propose.command("role"))
    .description("what a node may do")
    .argument("<subject>", "NODE/ROLE/PARTITION")
    .option("--action <name...>", "actions that it allows")
    .option("--service <name...>", "services that it is for")
    .option("--depth <n>", "1: the holder may pass it on (default: 0)", parseCount)
    .action((subject: string, options: RoleOptions) =>
      proposeKind("role", subject, options, roleBody(options), output),
    );

  addRootProposal(propose, output);

  withBody(propose.command("policy"))
    .description("the rules of the cluster, or of an organization (--scope)")
    .action((options: BodyOptions) => proposeKind("policy", undefined, options, {}, output));

  withBody(propose.command("seeds"))
    .description("nodes that a new node may begin with")
    .action((options: BodyOptions) => proposeKind("seeds", "seeds", options, {}, output));

  withBody(propose.command("budget"))
    .description("how much an organization may have")
    .argument("<organization>", "name of the organization")
    .action((organization: string, options: BodyOptions) => proposeKind("budget", organization, options, {}, output));
}

function withBody(command: Command): Command {
  return withProposalOptions(command.option("--body <file>", "the body, as YAML or JSON; options change it"));
}

/**
 * The body comes from the record before, then from the file, then from options: what comes later wins.
 *
 * @param subject Undefined: the scope is the subject
 */
async function proposeKind<K extends "node" | "service" | "role" | "policy" | "seeds" | "budget">(
  kind: K,
  subject: string | undefined,
  options: BodyOptions,
  made: Made<K>,
  output: Output,
  authority?: string,
): Promise<void> {
  const terms = await readTerms(kind, options, subject);
  const before = terms.after === undefined ? undefined : bodyOf(terms.after, kind);
  const file = options.body === undefined ? undefined : await loadConfig(options.body, KINDS[kind].body);
  const defaults = file === undefined && before === undefined ? DEFAULTS[kind] : {};
  const body = { ...defaults, ...(file === undefined ? before : file.value), ...made } as Bodies[K];
  const octets = proposeRecord({ ...terms, kind, body, authority: authority ?? terms.after?.authority });
  writeNewRecord(options.out, octets, output);
  if (options.out !== undefined) output.out(describeRecord(requireRecord(octets), terms.now));
}

/** Members of bodies that nothing is said of. */
const DEFAULTS: { readonly [K in Kind]?: Made<K> } = {
  node: { "trust-tier": 0 },
  service: { aliases: [], mode: "active-active", classes: WORKLOAD_CLASS_NAMES, hosts: [] },
  role: { actions: [], services: [], depth: 0 },
  budget: { limits: [] },
};

function nodeBody(name: string, { key, organization, partition, tier }: NodeOptions): Made<"node"> {
  return given({
    key: key === undefined ? undefined : readPublicKeyArgument(key, name).key,
    organization,
    partition,
    "trust-tier": tier,
  });
}

function serviceBody({ host, alias, class: classes, mode }: ServiceOptions): Made<"service"> {
  return given({ hosts: host, aliases: alias, classes, mode });
}

function roleBody({ action, service, depth }: RoleOptions): Made<"role"> {
  return given({ actions: action, services: service, depth });
}

/** The members that are not undefined. */
function given<Value extends object>(value: Value): Partial<{ [K in keyof Value]: NonNullable<Value[K]> }> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}

function collectHost(text: string, hosts: readonly Host[] = []): readonly Host[] {
  const [, node, priority = "1", weight = "1"] = /^([^:]+)(?::(\d{1,5})(?::(\d{1,5}))?)?$/.exec(text) ?? [];
  if (node === undefined) throw new InvalidArgumentError("NODE, NODE:PRIORITY or NODE:PRIORITY:WEIGHT is needed.");
  return [...hosts, { node, priority: Number(priority), weight: Number(weight) }];
}
