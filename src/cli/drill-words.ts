// The words of the drill command: how its options are read, and written again.
import { InvalidArgumentError } from 'commander'
import { durationMs } from '../core/index.ts'

export const short = (ms: number) => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`)
export const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

export function whole(least: number, most: number) {
  return (value: string) => {
    const n = Number(value)
    if (!Number.isSafeInteger(n) || n < least || n > most)
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
    return n
  }
}

export function time(leastMs: number) {
  return (value: string) => {
    const ms = durationMs(/^\d+$/.test(value) ? Number(value) : value)
    if (ms === undefined || ms < leastMs || ms > 3_600_000)
      throw new InvalidArgumentError(`It is a time such as 500ms, 30s or 5m: ${leastMs} ms to an hour.`)
    return ms
  }
}

export function pathOf(value: string): string {
  if (!/^\/[\x21-\x7e]*$/.test(value)) throw new InvalidArgumentError('It begins with / and has no spaces, as in /health.')
  return value
}
