// Rejects when the caller has awaited: V8 would otherwise report an unhandled rejection, and take it back, at ten times the price.
import type { RejectedError } from '../core/index.ts'

/** A promise that is rejected when its caller has awaited it. */
export function rejectedSoon(error: RejectedError): Promise<never> {
  return new Promise((_, reject) => {
    if (soon.push({ reject, error }) === 1) RESOLVED.then(flush)
  })
}

const soon: { readonly reject: (error: unknown) => void; readonly error: RejectedError }[] = []
const RESOLVED = Promise.resolve()

export function rejectSoon(c: { readonly reject: (error: unknown) => void }, error: RejectedError) {
  if (soon.push({ reject: c.reject, error }) === 1) RESOLVED.then(flush)
}

function flush() {
  for (let i = 0; i < soon.length; i++) soon[i]!.reject(soon[i]!.error)
  soon.length = 0
}
