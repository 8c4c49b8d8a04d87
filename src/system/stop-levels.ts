// How long a program has to finish what it was asked, and when it is killed: as doctor reads them.
import { type Duration, durationMs, type Setting } from '../core/index.ts'

const DRAIN = '7s'
export const GRACE = '8s'

export function stopLevels({ drain, grace }: { readonly drain?: Duration; readonly grace?: Duration }): readonly Setting[] {
  const level = (name: 'drain' | 'grace', said: Duration | undefined, usual: Duration): Setting => ({
    level: name,
    name,
    valueMs: durationMs(said ?? usual) ?? null,
    from: said === undefined ? 'default' : 'selfheal.config',
  })
  return [level('drain', drain, DRAIN), level('grace', grace, GRACE)]
}
