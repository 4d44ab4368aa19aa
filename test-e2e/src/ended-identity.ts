/** Identities of an issuer that have ended, in folders that no process uses. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeIdentity } from "@florenetes/identity";
import { type CertificateAuthority, type IssuedIdentity, openCa } from "@florenetes/identity/authority";
import type { Lab, ProcessName } from "@florenetes/meshlab";
import { type Answer, flor } from "./executables.ts";
import { type IssuerProcess, livingFrom } from "./issuer-process.ts";
import { hangUp, type Holding, replaceIdentity } from "./renewal.ts";

const HOUR_MS = 3_600_000;

export interface EndedIdentity {
  readonly folder: string;
  readonly identity: IssuedIdentity;
  /** The config by which it is kept. */
  readonly config: string;
  /** Runs `flor identity keep` for it once. */
  readonly keep: () => Promise<Answer>;
}

/** An identity of an hour. @param name Of its folder. @param agoMs Since its end, in milliseconds; less than 0: until then */
export function endedIdentity(
  lab: Lab,
  { ca, address }: IssuerProcess,
  name: string,
  principal: string,
  agoMs: number = HOUR_MS,
): EndedIdentity {
  const folder = join(lab.folder, `ended-${name}`);
  const identity = livingFrom(ca, principal, HOUR_MS, Date.now() - agoMs - HOUR_MS);
  writeIdentity(folder, identity);
  const config = `${folder}.yaml`;
  const identities = [{ folder, control: join(lab.folder, "nobody.sock") }];
  writeFileSync(config, JSON.stringify({ cluster: lab.mesh.cluster, issuer: address, identities }));
  return { folder, identity, config, keep: () => flor("identity", "keep", "--config", config) };
}

/** Has both processes of a node use identities of a CA that end at that time, in milliseconds since 1970. */
export async function useUntil(
  lab: Lab,
  ca: CertificateAuthority,
  node: string,
  holdings: readonly Holding[],
  endsAt: number,
): Promise<void> {
  // The root has identities of the same principals made in its own record alone: the issuer knows of no later key.
  const root = openCa(lab.caFolder);
  for (const holding of holdings)
    replaceIdentity(lab, holding, root, livingFrom(ca, holding.principal, HOUR_MS, endsAt - HOUR_MS));
  const holders = (["link-flor", "cluster-flor"] as const).map((name) => [node, name] satisfies [string, ProcessName]);
  await hangUp(lab, holders, "IDENTITY_RELOADED");
}
