import { describeRecord } from "@florenetes/facts";
import { proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { SignerFolder, type SigningOptions, withSigningOptions } from "./operator-keys.ts";
import { parseCount, type ProposalOptions, readTerms, withProposalOptions } from "./proposal-options.ts";
import { readPublicKeyArgument } from "./public-key-argument.ts";
import { writeNewRecord } from "./record-files.ts";

interface ApproveOptions extends SigningOptions, Omit<ProposalOptions, "scope"> {
  readonly out: string;
  readonly organization: string;
  readonly partition: string;
  readonly tier: number;
  readonly name?: string;
}

/** `flor fabric approve`. */
export function addApproveCommand(fabric: Command, output: Output): void {
  const command = withProposalOptions(withSigningOptions(fabric.command("approve")));
  command
    .description("let a node in: make its `node` record from the public key that it has sent, and sign it")
    .argument("<key>", "the file of the node's public key (node-key.pub of its agent, key.pub), or NAME=HEX")
    .option("--name <name>", "name of the node (default: as the file of the key has it)")
    .requiredOption("--organization <name>", "whose node it is")
    .requiredOption("--partition <name>", "the part of the cluster that it is in")
    .option("--tier <n>", "how far it is trusted; 0 is the lowest", parseCount, 0)
    .action((key: string, options: ApproveOptions) => approve(key, options, output));
}

async function approve(text: string, options: ApproveOptions, output: Output): Promise<void> {
  const { name: named, key } = readPublicKeyArgument(text, options.name);
  const name = options.name ?? named;
  const { organization, partition, tier, out } = options;
  const terms = await readTerms("node", options, name);
  const body = { key, organization, partition, "trust-tier": tier };
  const octets = proposeRecord({ ...terms, kind: "node", body });
  const fact = requireRecord(octets);
  output.out(describeRecord(fact, terms.now));
  writeNewRecord(out, await new SignerFolder(options).sign(fact, octets), output);
  output.err(
    `Compare the key with the one that the node shows. The next operator signs ${out ?? "what is shown"} by \`flor fabric sign\`.`,
  );
}
