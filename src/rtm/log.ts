/** What is written to the console. */
export interface LogFilterType {
  error: boolean;
  warn: boolean;
  info: boolean;
  track: boolean;
  debug: boolean;
}

const upTo = (error: boolean, warn: boolean, info: boolean, debug: boolean): Readonly<LogFilterType> =>
  Object.freeze({ error, warn, info, track: debug, debug });

export const LOG_FILTER_OFF = upTo(false, false, false, false);
export const LOG_FILTER_ERROR = upTo(true, false, false, false);
export const LOG_FILTER_WARNING = upTo(true, true, false, false);
export const LOG_FILTER_INFO = upTo(true, true, true, false);
export const LOG_FILTER_DEBUG = upTo(true, true, true, true);
