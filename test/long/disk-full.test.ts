// A crash loop while the disk is full, on a small disk of its own: selfheal lives, its standby answers, it says that the journal can't be
// written, and writes it again once there is room. And what it costs while nothing happens.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { ask, freePort, isAlive, until } from '../process/program/kit.ts'
import { bin, place } from '../process/run/place.ts'

const own = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-Urm']
const mount = 'mount -t tmpfs -o size=2m,mode=700 tmpfs'
const mounts = () => spawnSync(own[0]!, [...own.slice(1), 'sh', '-c', `${mount} /mnt`]).status === 0
const disk = () => {
  const part = needs('linux')
  return part.skip !== undefined || mounts() ? part : { skip: 'needs a mount namespace: run as root, or allow user namespaces' }
}
const APP = `import { existsSync } from 'node:fs'
import http from 'node:http'
if (existsSync('broken')) process.exit(3)
http.createServer((_, response) => response.end('well')).listen(Number(process.env.PORT))
`
/** Of one core, in hundredths of a second. */
const cpu = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

test(
  'a crash loop on a full disk: the standby answers, the journal’s trouble is told, and it writes again when there is room',
  disk(),
  async t => {
    const p = place(t, { 'app.mjs': APP, '.selfheal/none': '' })
    const port = await freePort()
    const command = [node, bin, 'run', '--intensity', '2', '--backoff', '1ms', '--port', String(port), '--', 'node', 'app.mjs']
    const run = p.start([...own, 'sh', '-c', `${mount} .selfheal && exec "$@"`, 'sh', ...command])
    // The disk is seen by those alone who are inside.
    const folder = `/proc/${run.pid}/root${p.folder}/.selfheal`
    const inside = ['nsenter', ...(own[1] === '-m' ? [] : ['-U', '--preserve-credentials']), '-m', '-t', String(run.pid)]
    const says = (...words: readonly string[]) => p.cli(words, { wrap: [...inside, `--wd=${p.folder}`] })
    const part = async (kind: string) => {
      const { parts } = JSON.parse((await ask(`${folder}/control.sock`, '/v1/parts')).body!) as {
        parts: { kind: string; snapshot: unknown }[]
      }
      return parts.find(one => one.kind === kind)!.snapshot as { state?: string; pid?: number; failing?: { code: string } }
    }
    await until('it to answer', async () => (await ask(port)).body === 'well')
    await run.says(/is ready/)

    await until('two seconds in which it used less than a hundredth of a core', async () => {
      const before = cpu(run.pid)
      await wait(2_000)
      return cpu(run.pid) - before < 2
    })

    assert.throws(
      () => {
        for (;;) appendFileSync(`${folder}/filler`, 'x'.repeat(4_096))
      },
      { code: 'ENOSPC' },
    )
    p.write('broken', '')
    process.kill((await part('program')).pid!, 'SIGKILL')
    await run.says(/crashes again and again/)
    await until('the journal to be in trouble', async () => {
      if (/journal can't be written: No room left/.test(run.text())) return true
      await says('start')
      return false
    })
    assert.ok(isAlive(run.pid))
    for (let n = 0; n < 20; n++) assert.equal((await ask(port)).status, 503)
    assert.equal((await part('program')).state, 'crash-looping')
    assert.equal((await part('journal')).failing?.code, 'SELFHEAL_DISK_FULL')

    assert.match((await says('status')).out, /journal {2}can't be written {2}for .*No room left.*entries wait/)

    rmSync(`${folder}/filler`)
    await run.says(/journal (is|can be) written again/)
    rmSync(`${p.folder}/broken`)
    const started = await says('start')
    assert.equal(started.status, 0, started.err)
    assert.equal((await ask(port)).body, 'well')
    const { data } = JSON.parse((await says('journal', '--json', '--level', 'debug', '--limit', '1000')).out) as {
      data: { name: string }[]
    }
    const names = data.map(({ name }) => name)
    for (const name of ['journal.failing', 'journal.recovered', 'supervisor.recovered']) assert.ok(names.includes(name), name)
    run.process.kill('SIGTERM')
    assert.equal(await run.ended, 0)
  },
)
