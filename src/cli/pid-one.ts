// As PID 1 of a container: the kernel gives every orphan to us, and Node does not reap what it has not started. So this process becomes a
// shell that does (its wait takes any child), with selfheal as its child; it passes signals on, and ends with selfheal's exit code.
import { existsSync } from 'node:fs'

const SHELL = '/bin/sh'
const SIGNALS = ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2']

/** An interrupted wait is waited again; the code of a child that ended meanwhile is asked once more. */
const INIT = [
  '"$@" & c=$!',
  ...SIGNALS.map(signal => `trap 'kill -${signal} $c 2>/dev/null' ${signal}`),
  'while :; do wait $c; r=$?; kill -0 $c 2>/dev/null || break; done',
  'wait $c 2>/dev/null; again=$?; [ $again -eq 127 ] || r=$again',
  'exit $r',
].join('\n')

/** Returns where we are not PID 1, or have no shell to become. */
export function becomeInit(say: (line: string) => void): void {
  if (process.pid !== 1) return
  const { execve } = process as { execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never }
  if (execve === undefined || !existsSync(SHELL)) {
    say('as PID 1 without /bin/sh, orphans of your program stay as zombies: run the container with --init.')
    return
  }
  const self = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  Reflect.apply(execve, process, [SHELL, ['sh', '-c', INIT, 'selfheal-init', ...self], process.env])
}
