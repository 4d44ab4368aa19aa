import type { florenetes } from "#generated/portal";
import { foreignText } from "@florenetes/operator-text";
import type { PeerAccepted, PeerQuestion, PeerRefused } from "./judge.ts";
import { CODE_LENGTH_MAX, PEER_LENGTH_MAX, PRINCIPAL_LENGTH_MAX, TEXT_LENGTH_MAX } from "./limits.ts";
import { roleFromWire, roleToWire, toNumber } from "./wire-values.ts";

/** A verdict, with the generation of the roots and CRLs by which it was made. */
export type JudgeAnswer = PeerAccepted & PeerRefused & { readonly generation: number };

export function questionToWire(question: PeerQuestion | undefined): florenetes.portal.v1.IJudge {
  if (question === undefined) return {};
  const { presenter, peer, chain, isOpen } = question;
  return { presenter: roleToWire(presenter), peer, chain: [...chain], isOpen };
}

/** Undefined: the question makes no sense. A question about an acceptor has a name, as the link vertex has called that peer by it. */
export function questionFromWire(wire: florenetes.portal.v1.IJudge): PeerQuestion | undefined {
  const presenter = roleFromWire(wire.presenter);
  const peer = foreignText(wire.peer ?? "", PEER_LENGTH_MAX);
  const chain = (wire.chain ?? []).map((der) => Uint8Array.from(der));
  if (presenter === undefined || chain.length === 0 || (presenter === "acceptor" && peer === "")) return undefined;
  return { presenter, peer, chain, isOpen: wire.isOpen ?? false };
}

export function verdictToWire({ generation, ...answer }: JudgeAnswer): florenetes.portal.v1.IJudgeAnswer {
  const [code, text] = [foreignText(answer.code, CODE_LENGTH_MAX), foreignText(answer.text, TEXT_LENGTH_MAX)];
  return { ...answer, code, text, judgeGeneration: generation };
}

export function verdictFromWire(wire: florenetes.portal.v1.IJudgeAnswer): JudgeAnswer {
  return {
    principal: foreignText(wire.principal ?? "", PRINCIPAL_LENGTH_MAX),
    name: foreignText(wire.name ?? "", PEER_LENGTH_MAX),
    goodUntil: toNumber(wire.goodUntil),
    graceMs: toNumber(wire.graceMs),
    code: foreignText(wire.code ?? "", CODE_LENGTH_MAX),
    text: foreignText(wire.text ?? "", TEXT_LENGTH_MAX),
    generation: toNumber(wire.judgeGeneration),
  };
}
