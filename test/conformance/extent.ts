// How much is tried: `npm run test:conformance` tries everything; among all other tests a part of it, that fits their time.
import { test } from 'node:test'
import type { Kit } from './kit.ts'

const everything = process.env['SELFHEAL_CONFORMANCE'] === 'all'

/** How many random runs, of so many that are wished for. */
export const runs = (wished: number): number => (everything ? wished : Math.ceil(wished / 4))

/** Of cases run over what lives outside this thread: those that say most of how such a thing is ended, restarted and ordered. */
const SLICE = /^C(03|07|13|14|18|19 one_for_one|20 one_for_one|24|28|32|36 C37 rest_for_one|40|46|51)\b/

export function casesOf({ killable }: Kit): (name: string, run: () => Promise<void> | void) => void {
  return (name, run) => {
    if (everything || !killable || SLICE.test(name)) test(name, run)
  }
}
