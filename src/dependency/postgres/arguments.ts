// The ways pg is called: text or a config, values or none, a callback or a promise.

export function sqlOf(args: readonly unknown[]): string | undefined {
  const first = args[0]
  const text = typeof first === 'string' ? first : (first as { text?: unknown } | null | undefined)?.text
  return typeof text === 'string' ? text : undefined
}

/** Answers as the caller asked: by its callback, or with a promise. */
export function promisedOrCalled(args: readonly unknown[], run: (args: readonly unknown[]) => Promise<unknown>): unknown {
  const last = args[args.length - 1]
  if (typeof last !== 'function') return run(args)
  // Out of the promise: what the callback throws is the app's uncaught error, as it is with the driver.
  run(args.slice(0, -1)).then(
    value => process.nextTick(last as (...a: unknown[]) => void, null, value),
    error => process.nextTick(last as (...a: unknown[]) => void, error),
  )
  return undefined
}

/** The same for an error known before anything was sent; a cursor or a stream hears of it in its own way, and is handed back. */
export function refusedAs(args: readonly unknown[], error: unknown, connection: object): unknown {
  const submitted = args[0] as { handleError?(error: unknown, connection: object): void } | null | undefined
  if (typeof submitted?.handleError !== 'function') return promisedOrCalled(args, () => Promise.reject(error))
  process.nextTick(() => submitted.handleError!(error, connection))
  return submitted
}
