// Runs inside the lab, beside a real systemd that has loaded the units: does to them what happens on a server, under load, and prints what
// callers met and what systemd said, as one JSON line. Args: name, port.
import { execFile, execFileSync } from 'node:child_process'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const [name, port] = process.argv.slice(2)
const service = `${name}.service`
const systemctl = (...args) =>
  execFileSync('systemctl', ['--user', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
// While callers are under way this process must not stand still: one that is connected and can't send its request is no fault of a restart.
const order = (...args) => promisify(execFile)('systemctl', ['--user', ...args])
const show = property => systemctl('show', service, `--property=${property}`, '--value').trim()
const until = async (what, true_) => {
  for (const end = performance.now() + 30_000; !(await true_()); await wait(50))
    if (performance.now() > end) throw new Error(`waited in vain for ${what}; ${systemctl('status', service, '--no-pager')}`)
}
const ask = (path = '/') =>
  new Promise(resolve => {
    const asked = request({ port, host: '127.0.0.1', path, agent: false }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', chunk => {
        body += chunk
      })
      response.on('end', () => resolve({ kind: 'ok', body })).on('error', () => resolve({ kind: 'reset' }))
    })
    asked.on('error', error => resolve({ kind: error.code === 'ECONNREFUSED' ? 'refused' : 'reset' }))
    asked.setTimeout(60_000, () => asked.destroy())
    asked.end()
  })

const told = { steps: {} }
const during = async (step, act) => {
  const here = []
  let over = false
  const load = (async () => {
    for (; !over; await wait(20)) here.push(ask())
  })()
  await act()
  over = true
  await load
  const answers = await Promise.all(here)
  const kinds = {}
  for (const { kind } of answers) kinds[kind] = (kinds[kind] ?? 0) + 1
  told.steps[step] = kinds
}
const ready = () =>
  until(
    'the service to be ready',
    () => show('ActiveState') === 'active' && show('SubState') === 'running' && /ready/.test(show('StatusText')),
  )
const replaced = async before => {
  await until('another main process', () => ![before, '0'].includes(show('MainPID')))
  await ready()
}

await order('start', `${name}.socket`)
told.before = show('ActiveState')
told.first = await ask()
await ready()
told.status = show('StatusText')

await during('killed', async () => {
  const pid = show('MainPID')
  process.kill(Number(pid), 'SIGKILL')
  await replaced(pid)
})
await during('stopped', async () => {
  const pid = show('MainPID')
  process.kill(Number(pid), 'SIGSTOP')
  await replaced(pid)
})
await during('upgraded', async () => {
  const pid = show('MainPID')
  const slow = ask('/slow')
  await wait(200)
  await order('restart', service)
  told.slow = await slow
  await replaced(pid)
})
await during('reloaded', async () => {
  const { body } = await ask()
  await order('reload', service)
  told.reloaded = (await ask()).body !== body
  await ready()
})
await during('program', async () => {
  const { body } = await ask()
  process.kill(Number(body), 'SIGKILL')
  await until('the next life', async () => {
    const now = await ask()
    return now.kind === 'ok' && now.body !== body
  })
})
told.restarts = Number(show('NRestarts'))
systemctl('stop', service)
told.stopped = show('ActiveState')
told.again = (await ask()).kind
await ready()
systemctl('stop', service, `${name}.socket`)
told.after = (await ask()).kind
console.log(JSON.stringify(told))
