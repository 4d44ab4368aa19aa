import type { Subject } from "./subject.ts";
import { ENGINE_SUBJECTS } from "./subjects/engine.ts";
import { FACTS_SUBJECTS } from "./subjects/facts.ts";
import { FORWARDING_SUBJECTS } from "./subjects/forwarding.ts";
import { LABEL_SUBJECTS } from "./subjects/labels.ts";
import { LOG_SUBJECTS } from "./subjects/log.ts";
import { SOCKET_SUBJECTS } from "./subjects/sockets.ts";

export const SUBJECTS: readonly Subject[] = [
  ...LABEL_SUBJECTS,
  ...FORWARDING_SUBJECTS,
  ...ENGINE_SUBJECTS,
  ...FACTS_SUBJECTS,
  ...LOG_SUBJECTS,
  ...SOCKET_SUBJECTS,
];
