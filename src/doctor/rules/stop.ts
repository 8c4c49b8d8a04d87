// What stops the app must give it time to finish, and time for the hard end.
import { formatMs } from '../../core/index.ts'
import { type Finding, known, levels, type Rule } from '../facts.ts'

const ROOM_MS = 1_000

export const stop: Rule = {
  name: 'stop',
  says: 'drain < grace < the stop time of what is above, with room for the hard end.',
  check({ parts, above }) {
    const found: Finding[] = []
    for (const part of parts) {
      const at = levels(part)
      const [drain, grace] = [at('drain'), at('grace')]
      if (known(drain) && known(grace) && drain >= grace)
        found.push({
          rule: this.name,
          where: part.path,
          weight: 'broken',
          says: `it may finish requests for ${formatMs(drain)}, and is killed after ${formatMs(grace)}`,
          mend: `drain: '${Math.max(1, Math.floor((grace - ROOM_MS) / 1_000))}s' in selfheal.config`,
          patch: `drain: '${Math.max(1, Math.floor((grace - ROOM_MS) / 1_000))}s',`,
        })
      const longest = Math.max(known(drain) ? drain : 0, known(grace) ? grace : 0)
      if (above !== undefined && longest > 0 && longest + ROOM_MS > above.stopMs)
        found.push({
          rule: this.name,
          where: part.path,
          weight: 'broken',
          says: `it takes up to ${formatMs(longest)} to stop, and ${above.name} kills it after ${formatMs(above.stopMs)}`,
          mend: `Shorten drain and grace below ${formatMs(above.stopMs - ROOM_MS)}, or give it longer: ${LONGER[above.name] ?? 'its stop time'}`,
        })
    }
    return found
  },
}

const LONGER: Readonly<Record<string, string>> = {
  docker: 'docker stop --time, or stop_grace_period in compose.yaml',
  kubernetes: 'terminationGracePeriodSeconds',
  systemd: 'TimeoutStopSec=',
}
