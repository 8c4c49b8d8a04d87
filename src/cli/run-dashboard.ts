// The dashboard as one more program of `selfheal run --dashboard`: restarted like any other, the last to start, its port its own. Makes
// the program's words; starts nothing.
import type { RunOptions } from '../system/index.ts'
import { usage } from './failure.ts'

type Programs = RunOptions['programs']

const NAME = 'dashboard'

/** `at`: undefined, none; true, where it is usually; else host:port, :port or a port. Throws a usage error. */
export function withDashboard(
  programs: Programs,
  at: string | true | undefined,
  strategy: string | undefined,
  { folder, config }: { readonly folder: string; readonly config: string | undefined },
): Programs {
  if (at === undefined) return programs
  if (Object.hasOwn(programs, NAME))
    throw usage(`A program is called ${NAME} already.`, 'Give it another name, or run the page by itself: selfheal dashboard')
  // A crash of the page must not restart the app.
  if (strategy !== undefined && strategy !== 'one_for_one')
    throw usage(`--dashboard does not go with strategy ${strategy}.`, 'Run the page by itself: selfheal dashboard')
  const argv = [
    process.execPath,
    process.argv[1]!,
    'dashboard',
    '--state',
    folder,
    ...(config === undefined ? [] : ['--config', config]),
    ...where(at),
  ]
  return { ...programs, [NAME]: { run: argv.join(' '), argv, ports: [], grace: '3s', drain: '1s' } }
}

function where(at: string | true): readonly string[] {
  if (at === true) return []
  const found = /^(?:(?:\[(?<six>[0-9a-f:]+)\]|(?<host>[\w.-]+))?:)?(?<port>\d{1,5})$/i.exec(at)
  if (found === null)
    throw usage(`--dashboard ${at} is no address.`, 'It is host:port or a port, as in: --dashboard 127.0.0.1:4040')
  const { six, host, port } = found.groups!
  return ['--port', port!, ...((six ?? host) ? ['--host', (six ?? host)!] : [])]
}
