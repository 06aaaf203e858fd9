export class LateError extends Error {
  override name = "LateError";
}

/** The outcome of `work`, or a LateError: a call to an object heeds no abort signal while it waits for a busy one. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new LateError(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
