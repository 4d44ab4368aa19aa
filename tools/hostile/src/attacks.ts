import type { Attack } from "./attack.ts";
import { accompliceRelay } from "./attacks/accomplice-relay.ts";
import { acksAhead } from "./attacks/acks-ahead.ts";
import { announcedVictim } from "./attacks/announced-victim.ts";
import { capturedCoordinator } from "./attacks/captured-coordinator.ts";
import { cryptoGaps } from "./attacks/crypto-gaps.ts";
import { cryptoGapsEndToEnd } from "./attacks/crypto-gaps-end-to-end.ts";
import { curiousRelay } from "./attacks/curious-relay.ts";
import { deletedState } from "./attacks/deleted-state.ts";
import { endedCertificates } from "./attacks/ended-certificates.ts";
import { endedPermit } from "./attacks/ended-permit.ts";
import { fuzz } from "./attacks/fuzz.ts";
import { halfOpenFlood } from "./attacks/half-open-flood.ts";
import { heldBack } from "./attacks/held-back.ts";
import { idleAdminClients } from "./attacks/idle-admin-clients.ts";
import { impostor } from "./attacks/impostor.ts";
import { initialFlood } from "./attacks/initial-flood.ts";
import { inspectorSignal } from "./attacks/inspector-signal.ts";
import { knocks } from "./attacks/knocks.ts";
import { labelScan } from "./attacks/label-scan.ts";
import { letterFlood } from "./attacks/letter-flood.ts";
import { logKeys } from "./attacks/log-keys.ts";
import { loop } from "./attacks/loop.ts";
import { lyingReports } from "./attacks/lying-reports.ts";
import { oneByteOpens } from "./attacks/one-byte-opens.ts";
import { optimisticAcks } from "./attacks/optimistic-acks.ts";
import { pathChallenges } from "./attacks/path-challenges.ts";
import { pathChallengesEndToEnd } from "./attacks/path-challenges-end-to-end.ts";
import { questionFlood } from "./attacks/question-flood.ts";
import { refusedStreams } from "./attacks/refused-streams.ts";
import { resets } from "./attacks/resets.ts";
import { retireAndPing } from "./attacks/retire-and-ping.ts";
import { retireFlood } from "./attacks/retire-flood.ts";
import { retireFloodEndToEnd } from "./attacks/retire-flood-end-to-end.ts";
import { secondHolder } from "./attacks/second-holder.ts";
import { socketRaces } from "./attacks/socket-races.ts";
import { streamGaps } from "./attacks/stream-gaps.ts";
import { streamPieces } from "./attacks/stream-pieces.ts";
import { texts } from "./attacks/texts.ts";
import { tokenFlood } from "./attacks/token-flood.ts";
import { umask } from "./attacks/umask.ts";
import { uninvited } from "./attacks/uninvited.ts";
import { unspecifiedPartner } from "./attacks/unspecified-partner.ts";

/** All attacks, in the order of the table. */
export const ATTACKS: readonly Attack[] = [
  retireAndPing,
  retireFlood,
  retireFloodEndToEnd,
  cryptoGaps,
  cryptoGapsEndToEnd,
  streamGaps,
  streamPieces,
  pathChallenges,
  pathChallengesEndToEnd,
  optimisticAcks,
  acksAhead,
  fuzz,
  impostor,
  heldBack,
  labelScan,
  questionFlood,
  oneByteOpens,
  resets,
  refusedStreams,
  uninvited,
  endedCertificates,
  deletedState,
  halfOpenFlood,
  tokenFlood,
  initialFlood,
  secondHolder,
  inspectorSignal,
  socketRaces,
  unspecifiedPartner,
  idleAdminClients,
  umask,
  texts,
  logKeys,
  loop,
  letterFlood,
  lyingReports,
  knocks,
  announcedVictim,
  capturedCoordinator,
  accompliceRelay,
  endedPermit,
  curiousRelay,
];
