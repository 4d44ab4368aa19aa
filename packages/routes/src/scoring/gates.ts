/** Gates: each of them shuts a candidate out, whatever else speaks for it. A gate that nothing is known of is shut. */
import type { Candidate, CandidateReport, CandidateRecords } from "./candidate.ts";
import { CHARGE_OPEN, CHARGE_SHUT, REPORT_MS, UPLINK_LOSS_MAX, UPLINK_MS, UPLINK_RATE_MIN } from "./limits.ts";
import type { PhoneWord } from "./phone-watch.ts";

/** Gates of phones, in the order in which they are told: the first one that is shut is the fault of a relay. */
const PHONE_GATES = [
  "phone-policy",
  "phone-tier",
  "phone-power",
  "phone-network",
  "phone-metered",
  "phone-foreground",
  "phone-reach",
  "phone-uplink",
] as const;
export type PhoneGate = (typeof PHONE_GATES)[number];

/** Gates that the device alone shuts, and which its own agent knows as well as a coordinator. */
const DEVICE_GATES: ReadonlySet<PhoneGate> = new Set([
  "phone-power",
  "phone-network",
  "phone-metered",
  "phone-foreground",
]);

export type GateName = "role" | "offer" | "opt-in" | "report" | "record-alone" | PhoneGate;

/** All gates, in the order in which they are told. */
export const GATES: readonly GateName[] = ["role", "offer", "opt-in", "report", "record-alone", ...PHONE_GATES];

/** A gate that is shut: the value that was found, and the one that it needs. */
export interface ShutGate<Name extends string = GateName> {
  readonly gate: Name;
  readonly found: string;
  readonly needs: string;
}

/** The gates of a candidate that are shut, in the order of `GATES`. */
export function shutGates(candidate: Candidate, now: number): ShutGate[] {
  const { purpose, records, offer, optsIn, report } = candidate;
  const shut: ShutGate[] = [];
  if (!records.hasRole) shut.push({ gate: "role", found: "none", needs: "a role for the purpose in force" });
  if (offer === undefined) shut.push({ gate: "offer", found: "none", needs: "an offer of the owner" });
  if (optsIn !== true) shut.push({ gate: "opt-in", found: said(optsIn), needs: "the owner's word" });
  const age = report === undefined ? undefined : ageOf(report, now);
  if (age === undefined || age > REPORT_MS)
    shut.push({
      gate: "report",
      found: age === undefined ? "none" : seconds(age),
      needs: `${seconds(REPORT_MS)} or less`,
    });
  if (!records.isMobile) return shut;
  if (purpose === "replica") shut.push({ gate: "record-alone", found: "a phone", needs: "a node that is none" });
  if (purpose !== "endpoint") shut.push(...shutPhoneGates(records, report, candidate.phone));
  return shut;
}

/** The gates of a phone that are shut, in the order of `PHONE_GATES`. */
export function shutPhoneGates(
  { tier, phoneTier }: Pick<CandidateRecords, "tier" | "phoneTier">,
  report: Pick<CandidateReport, "device" | "metered" | "nat" | "hasGoodEndpoint"> | undefined,
  phone: PhoneWord | undefined,
): ShutGate<PhoneGate>[] {
  const { device, metered, nat, hasGoodEndpoint } = report ?? {};
  const isMetered = device === undefined ? undefined : report?.device?.metered !== false || metered !== false;
  const network = device?.network;
  const isOnline = network === "wired" || network === "wifi" || network === "cellular";
  const gates: readonly (readonly [PhoneGate, isOpen: boolean, found: string, needs: string])[] = [
    ["phone-policy", phoneTier !== undefined, "no tier for phones", "`tiers` of the policy with `mobile-edge`"],
    ["phone-tier", phoneTier === undefined || tier >= phoneTier, String(tier), String(phoneTier)],
    [
      "phone-power",
      phone?.isPowered === true,
      powerOf(report),
      `a charger, or ${CHARGE_OPEN} % (${CHARGE_SHUT} % once it carries)`,
    ],
    ["phone-network", isOnline, said(network), "wired, wifi or cellular"],
    ["phone-metered", isMetered === false, said(isMetered), "no"],
    ["phone-foreground", device?.foreground === true, said(device?.foreground), "yes"],
    [
      "phone-reach",
      nat === "none" || hasGoodEndpoint === true,
      `nat ${said(nat)}`,
      "nat none, or an endpoint that is reached",
    ],
    ["phone-uplink", phone?.hasUplink === true, uplinkWords(phone), uplinkNeeds(phone)],
  ];
  return gates.flatMap(([gate, isOpen, found, needs]) => (isOpen ? [] : [{ gate, found, needs }]));
}

/** The gates of a phone that its device shuts, in the order of `PHONE_GATES`. */
export function shutDeviceGates(device: CandidateReport["device"], phone: PhoneWord): ShutGate<PhoneGate>[] {
  const records = { tier: 0, phoneTier: undefined };
  return shutPhoneGates(records, { device, metered: device?.metered }, phone).filter(({ gate }) =>
    DEVICE_GATES.has(gate),
  );
}

/** How old a report is, in milliseconds: one of the future has come just now. Undefined: nobody can tell. */
export function ageOf({ cameAt }: CandidateReport, now: number): number | undefined {
  return Number.isSafeInteger(cameAt) ? Math.max(0, now - cameAt!) : undefined;
}

function uplinkNeeds(phone: PhoneWord | undefined): string {
  const long = seconds(phone?.neededMs ?? UPLINK_MS);
  return `${UPLINK_RATE_MIN} kbit/s and less than ${percentOf(UPLINK_LOSS_MAX)} lost for ${long}`;
}

function uplinkWords(phone: PhoneWord | undefined): string {
  if (phone?.last.rate === undefined) return "no link that both ends tell";
  const { rate, loss = Number.NaN } = phone.last;
  return `${rate} kbit/s and ${percentOf(loss)} lost, good for ${seconds(phone.goodMs)}`;
}

function powerOf(report: Pick<CandidateReport, "device"> | undefined): string {
  const { battery, charging } = report?.device ?? {};
  return `charger ${said(charging)}, charge ${battery === undefined ? "not said" : `${battery} %`}`;
}

function percentOf(millionths: number): string {
  return `${millionths / 10_000} %`;
}

function seconds(milliseconds: number): string {
  return `${Math.floor(milliseconds / 1_000)} s`;
}

function said(value: string | boolean | undefined): string {
  if (value === undefined) return "not said";
  return typeof value === "string" ? value : value ? "yes" : "no";
}
