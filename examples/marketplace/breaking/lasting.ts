// Faults that last until `npm run break -- restore`: the database stopped or frozen, a payment provider down or silent after charging; and
// two that the app heals by itself at once, inside its process.
import { readdirSync, readFileSync } from 'node:fs'
import { clusterFolder } from '../postgres/place.ts'
import { runningServer } from '../postgres/running.ts'
import { act } from './supervised.ts'

export interface Lasting {
  /** For the usage. */
  readonly does: string
  /** "The database is stopped." */
  readonly says: string
  /** What a person will see, and how it ends. */
  readonly follows: string
  /** `post` asks one of the app's own break routes. */
  run(post: (route: string) => Promise<void>): Promise<void>
}

const UNTIL = 'It lasts until: npm run break -- restore'

export const LASTING: Readonly<Record<string, Lasting>> = Object.freeze({
  database: {
    does: 'the database is stopped, and stays so',
    says: 'The database is stopped.',
    follows: `Buying and selling go before the click, looking around stays. ${UNTIL}`,
    run: () => act('stop', ['database']),
  },
  'database-hang': {
    does: 'every process of PostgreSQL is frozen: it answers nothing and refuses nothing',
    says: 'The database is frozen.',
    follows: `Its connections are ended, and none is opened but the probe. ${UNTIL}`,
    run: async () => signalServer('SIGSTOP'),
  },
  'provider-a': {
    does: 'the first payment provider is down',
    says: 'The first payment provider is down.',
    follows: `Orders are paid through the second: buy something. ${UNTIL}`,
    run: post => post('/__break/provider/stripe/down'),
  },
  'provider-a-charges-then-hangs': {
    does: 'the first payment provider takes the money and never says so',
    says: 'The first payment provider charges, and never answers.',
    follows: `An order is pending, is asked about, and is decided: nobody is charged twice. ${UNTIL}`,
    run: post => post('/__break/provider/stripe/charge-then-hang'),
  },
  poller: {
    does: 'the price watch throws, inside the process',
    says: 'The price watch threw an error.',
    follows: 'It is started again by itself; the process lives on.',
    run: post => post('/__break/poller'),
  },
  compute: {
    does: 'the search index is being made for ever, in its thread',
    says: 'Making the search index does not end any more.',
    follows: 'Its thread is ended after 3 s; the words there are serve on.',
    run: post => post('/__break/compute'),
  },
  restore: {
    does: 'ends every fault that lasts',
    says: 'Everything is whole again.',
    follows: 'What was paused comes back by itself, within seconds.',
    async run(post) {
      signalServer('SIGCONT')
      await act('start', ['database'])
      await post('/__break/provider/stripe/ok')
      await post('/__break/provider/braintree/ok')
    },
  },
})

/** PostgreSQL's own processes, the postmaster first. */
function signalServer(signal: NodeJS.Signals): void {
  const postmaster = runningServer(clusterFolder())?.pid
  if (postmaster === undefined) return
  for (const pid of [postmaster, ...childrenOf(postmaster)])
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended meanwhile.
    }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
      } catch {
        return false
      }
    })
}
