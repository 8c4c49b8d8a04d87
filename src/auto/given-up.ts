// What the app's own signal ended rejects with what it would reject with without us: that signal's reason.
import { isRejected } from '../core/index.ts'

export async function withItsReason<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw signal.aborted && isRejected(error) && error.code === 'SELFHEAL_ABORTED' ? signal.reason : error
  }
}
