export type RetryAdvice = "never" | "later" | "new-token";

/** Those of the catalogue that a client also says by itself: the only ones whose words it ships. */
export const LOCAL_ERRORS = {
  bad_request: { retry: "never", http: 400, text: "The request does not match the operation's schema." },
  bad_frame: { retry: "never", http: 400, text: "The frame is not a wigwag frame." },
  too_large: { retry: "never", http: 413, text: "Larger than the limit." },
  limit_exceeded: { retry: "never", http: 409, text: "A bound of the product or the app is reached." },
  overloaded: { retry: "later", http: 503, text: "The object has more work than it may queue; wait retryAfterMs." },
  unavailable: { retry: "later", http: 503, text: "A part this needs cannot be reached now." },
  timeout: { retry: "later", http: 504, text: "No outcome in time; it may have happened. Submit again with the same id." },
  internal: { retry: "later", http: 500, text: "A fault of the service." },
} as const satisfies Record<string, { retry: RetryAdvice; http: number; text: string }>;
