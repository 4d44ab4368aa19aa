import type { Bodies } from "@florenetes/facts";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Output } from "../output.ts";
import { addCollectionProposal } from "./collection-proposal-command.ts";
import { addOrderProposal } from "./order-commands.ts";
import { parseCount } from "./proposal-options.ts";
import { type BodyOptions, given, type Made, proposeKind, withBody } from "./propose-kind.ts";
import { readPublicKeyArgument } from "./public-key-argument.ts";
import { addRootProposal } from "./root-proposal-command.ts";

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

  addCollectionProposal(propose, output);
  addOrderProposal(propose, output);
}

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

function collectHost(text: string, hosts: readonly Host[] = []): readonly Host[] {
  const [, node, priority = "1", weight = "1"] = /^([^:]+)(?::(\d{1,5})(?::(\d{1,5}))?)?$/.exec(text) ?? [];
  if (node === undefined) throw new InvalidArgumentError("NODE, NODE:PRIORITY or NODE:PRIORITY:WEIGHT is needed.");
  return [...hosts, { node, priority: Number(priority), weight: Number(weight) }];
}
