/** The error codes that only control-flor's config has, with their rows in docs/operate/errors.md. */
export const CONTROL_CONFIG_ERRORS = {
  ERR_CONTROL_READER_NAME: {
    meaning:
      "An entry of `principals` names neither a user nor a service, or one principal is in two entries of `readers`.",
    advice: "As `user/alice` or `service/backup`, each in one entry.",
  },
  ERR_CONTROL_STATE_USED: {
    meaning: "Another process uses the folder of `state`: two would destroy each other's audit.",
    advice: "End the other one, or name another folder as `state` of one of them.",
  },
  ERR_CONTROL_HOST: {
    meaning: "An entry of `hosts` is no name of a host.",
    advice: "As `fabric.example.com`, in small letters and without a port.",
  },
} as const;

export type ControlConfigErrorCode = keyof typeof CONTROL_CONFIG_ERRORS;
