import type { Case } from "./config-cases.ts";

/** Changes of the good config that give links and services second labels. */
export const SECOND_LABEL_CASES: Readonly<Record<string, Case>> = {
  "a second label that is that of another link": {
    from: "label: 102",
    to: "label: 102, second-label: 101",
    expected: [/^9 links.c.second-label ERR_CONFIG_LABEL_CONFLICT link "c" has label 101, .* link "a" \(line 8\)/],
  },
  "a second label of a service that is its label": {
    from: "label: 900",
    to: "label: 900, second-label: 900",
    expected: [/^17 services.web.second-label ERR_CONFIG_LABEL_CONFLICT .*service "web" \(line 17\)/],
  },
  "a second label that is none": {
    from: "label: 102",
    to: "label: 102, second-label: 15",
    expected: [/^9 links.c.second-label ERR_CONFIG_LABEL_RANGE/],
  },
  "a path within the vertex by the second label of a service": {
    from: "label: 900",
    to: "label: 910, second-label: 900",
    expected: [],
  },
};
