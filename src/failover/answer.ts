// From where an intent stands to what the caller hears: the value, the provider's no, or one of our refusals.
import type { Advanced } from './advance.ts'
import { DeclinedError, notDoneError, pendingError } from './errors.ts'

/** Throws what the caller must hear; gives what was answered. */
export function answerOf<R>(name: string, key: string, { intent, answer, error, why, retryAfterMs }: Advanced): R {
  if (intent.state === 'ok') return (answer === undefined ? intent.value : answer.value) as R
  if (intent.state === 'declined') {
    const { provider, says, code } = intent.decline!
    throw new DeclinedError({
      provider,
      says,
      ...(code === undefined ? {} : { decline: code }),
      ...(error === undefined ? {} : { cause: error }),
    })
  }
  if (intent.state === 'not_done')
    throw notDoneError(name, key, why ?? intent.attempts.at(-1)?.says ?? 'nothing could be sent', error, retryAfterMs)
  throw pendingError(
    name,
    key,
    why ?? (intent.state === 'unresolved' ? 'its provider can’t tell: a person looks at it' : 'it is being looked at'),
    error,
  )
}
