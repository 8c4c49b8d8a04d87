// selfheal dashboard: a page that shows what runs, what broke and what healed it, and acts with a reason. A client of the control socket.
import { spawn } from 'node:child_process'
import { Command } from 'commander'
import { SelfhealError } from '../core/index.ts'
import { dashboard } from '../dashboard/index.ts'
import { fail } from './answer.ts'
import type { DrillFlags } from './drill.ts'
import { listScenarios } from './drill-scenarios.ts'
import { usage } from './failure.ts'
import { placeToAsk } from './place.ts'

interface DashboardFlags {
  readonly host: string
  readonly port?: string
  readonly name: readonly string[]
  readonly state?: string
  readonly config?: string
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function dashboardCommand(): Command {
  return new Command('dashboard')
    .description(
      'a page with what runs, what broke and what healed it; SELFHEAL_DASHBOARD_TOKEN lets it be seen from beyond this machine',
    )
    .option('-H, --host <host>', 'what it binds; beyond loopback the token is required', '127.0.0.1')
    .option('-p, --port <number>', 'its port; 0: any that is free (default: 4040, or the next that is free)')
    .option(
      '--name <host name>',
      'a name it is reached by, beside addresses and localhost; repeatable',
      (value, all: readonly string[]) => [...all, value],
      [] as readonly string[],
    )
    .option('--state <folder>', 'the state folder')
    .option('--config <file>', 'the configuration file')
    .action(async (flags: DashboardFlags) => {
      try {
        await show(flags)
      } catch (error) {
        fail(error)
      }
    })
}

async function show({ host, port, name, ...where }: DashboardFlags): Promise<void> {
  if (port !== undefined && !/^\d{1,5}$/.test(port))
    throw usage(`--port ${port} is no port.`, 'It is a number, as in: --port 4040')
  const { folder } = await placeToAsk(where)
  const token = process.env['SELFHEAL_DASHBOARD_TOKEN'] || undefined
  const shown = await dashboard({
    folder,
    host,
    names: name,
    ...(port === undefined ? { orNext: true } : { port: Number(port) }),
    ...(token === undefined ? {} : { token }),
    drills: () => (known ??= listed(where)),
    drill: one => beginDrill(one, where),
  })
  process.stdout.write(`Dashboard: ${shown.url}\n`)
  const [signal] = await Promise.race(
    SIGNALS.map(one => new Promise<[string]>(resolve => process.once(one, () => resolve([one])))),
  )
  await shown.close()
  process.exit(signal === 'SIGINT' ? 130 : 0)
}

let known: ReturnType<typeof listed> | undefined

/** Read once: a scenario that is written later is there when the page is begun anew. */
async function listed(where: object) {
  const list = await listScenarios(where as DrillFlags).catch(() => [])
  return list.map(({ name, says }) => ({ name, says }))
}

let drilling: number | undefined

/** In a process of its own: what a drill does to its process must not be done to this one. */
function beginDrill(name: string, { state, config }: { readonly state?: string; readonly config?: string }) {
  if (drilling !== undefined)
    return Promise.reject(
      new SelfhealError(
        'SELFHEAL_DRILL_RUNS',
        `A drill runs already (pid ${drilling})`,
        'Wait for its end, or: selfheal drill --off',
      ),
    )
  const words = ['drill', name, ...(state ? ['--state', state] : []), ...(config ? ['--config', config] : [])]
  const child = spawn(process.execPath, [process.argv[1]!, ...words], { stdio: ['ignore', 'inherit', 'inherit'] })
  drilling = child.pid
  child.once('close', () => (drilling = undefined))
  return new Promise<{ readonly pid: number }>((resolve, reject) => {
    child.once('error', reject)
    child.once('spawn', () => resolve({ pid: child.pid! }))
  })
}
