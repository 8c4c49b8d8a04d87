// Hosts on one machine: a network namespace each, joined by a bridge on which this machine is .1. A link can be taken down; one direction alone
// is cut by a wrong neighbour entry: what is sent goes to a card that nobody has, without a word, as in a real one-way partition.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

export interface Host {
  readonly name: string
  readonly namespace: string
  readonly address: string
  readonly port: string
}

export interface Network {
  /** Where the hosts reach this machine. */
  readonly address: string
  readonly range: string
  readonly hosts: readonly Host[]
  cut(host: Host): void
  cutAnswers(host: Host): void
  cutQuestions(host: Host): void
  join(host: Host): void
  end(): void
}

/** What the machine lacks, and what to do about it. */
export class Unable extends Error {}

const NOBODYS_CARD = '02:00:00:00:00:fe'
const PREFIX = 'selfheal-real-'

function ip(...args: readonly string[]): string {
  const done = spawnSync('ip', args, { encoding: 'utf8', timeout: 10_000 })
  if (done.error !== undefined || done.status !== 0)
    throw new Error(`ip ${args.join(' ')}: ${done.error?.message ?? done.stderr.trim()}`)
  return done.stdout
}
const quietly = (...args: readonly string[]) => void spawnSync('ip', args, { stdio: 'ignore', timeout: 10_000 })

export function makeNetwork(count: number): Network {
  if (process.platform !== 'linux') throw new Unable('Network namespaces are Linux’s. Run it on Linux, or in a virtual machine.')
  if (process.getuid?.() !== 0) throw new Unable('Making network namespaces needs root: sudo npm run proof:fleet:real')
  if (spawnSync('ip', ['-V']).status !== 0)
    throw new Unable('There is no `ip` here: apt-get install iproute2 (dnf install iproute)')
  sweep()
  const id = process.pid
  const [bridge, net] = [`shr${id}`, `198.18.${id % 256}`] // a range kept for measurements: RFC 2544
  const hosts = Array.from({ length: count }, (_, i): Host => {
    const n = i + 1
    return { name: `host-${n}`, namespace: `${PREFIX}${id}-${n}`, address: `${net}.${n + 1}`, port: `shr${id}n${n}` }
  })
  const end = () => {
    for (const { namespace, port } of hosts) {
      quietly('netns', 'del', namespace)
      quietly('link', 'del', port)
    }
    quietly('link', 'del', bridge)
  }
  try {
    ip('link', 'add', bridge, 'type', 'bridge')
    ip('address', 'add', `${net}.1/24`, 'dev', bridge)
    ip('link', 'set', bridge, 'up')
    for (const { namespace, address, port } of hosts) {
      ip('netns', 'add', namespace)
      ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
      ip('link', 'set', port, 'master', bridge, 'up')
      ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0')
      ip('-n', namespace, 'link', 'set', 'eth0', 'up')
      ip('-n', namespace, 'link', 'set', 'lo', 'up')
    }
  } catch (error) {
    end()
    throw new Unable(
      `The network can't be made: ${(error as Error).message}. In a container it takes --privileged (or CAP_SYS_ADMIN and CAP_NET_ADMIN).`,
    )
  }
  const lost = ['lladdr', NOBODYS_CARD, 'nud', 'permanent', 'dev']
  return {
    address: `${net}.1`,
    range: `${net}.0/24`,
    hosts,
    cut: ({ port }) => void ip('link', 'set', port, 'down'),
    cutAnswers: ({ address }) => void ip('neigh', 'replace', address, ...lost, bridge),
    cutQuestions: ({ namespace }) => void ip('-n', namespace, 'neigh', 'replace', `${net}.1`, ...lost, 'eth0'),
    join({ namespace, address, port }) {
      ip('link', 'set', port, 'up')
      quietly('neigh', 'del', address, 'dev', bridge)
      quietly('-n', namespace, 'neigh', 'del', `${net}.1`, 'dev', 'eth0')
    },
    end,
  }
}

/** What a run left behind that was itself killed with -9. */
function sweep(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const found = new RegExp(`^(${PREFIX}(\\d+)-(\\d+))`).exec(line)
    if (found === null || existsSync(`/proc/${found[2]}`)) continue
    quietly('netns', 'del', found[1]!)
    quietly('link', 'del', `shr${found[2]}`)
  }
}
