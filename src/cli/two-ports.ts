// PORT in the environment and another one in `.env`: the environment's counts, as with `node --env-file`, and that surprises whoever wrote
// the other. Said once, at the start.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** undefined: there is nothing to say. */
export function twoPorts(env: Readonly<Record<string, string | undefined>>, folder: string): string | undefined {
  try {
    const here = env['PORT']
    const there = parseEnv(readFileSync(join(folder, '.env'), 'utf8'))['PORT']
    if (here === undefined || there === undefined || here === there) return undefined
    return `PORT is ${here}, from the environment; the ${there} in .env does not count (unset PORT, if you mean that one).`
  } catch {
    // There is no .env.
    return undefined
  }
}
