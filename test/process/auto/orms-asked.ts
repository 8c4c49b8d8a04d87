// What the app with ORMs is asked: that each of them works as without us.
import assert from 'node:assert/strict'
import type { AutoApp } from './kit.ts'

export const ORMS = ['drizzle', 'knex', 'sequelize', 'typeorm']
const DUPLICATE = ['DrizzleQueryError', 'DatabaseError', 'UniqueConstraintError', 'QueryFailedError']

export const answers = async (app: AutoApp, path: string) => (await app.ask(path)).text

export async function ormsWork(app: AutoApp, id: number): Promise<void> {
  for (const [i, orm] of ORMS.entries()) {
    const say = (what: string) => answers(app, `/${orm}/${what}`)
    assert.equal((await app.ask(`/${orm}/insert?id=${id}`)).status, 200, `${orm}: ${app.said()}`)
    assert.equal(await say(`insert?id=${id}`), `${DUPLICATE[i]} 23505`)
    await say(`transaction?id=${id + 1}`)
    assert.match(await say(`transaction?id=${id + 2}&fails=1`), /rollback|rolled back/i)
    assert.deepEqual(
      await Promise.all([id, id + 1, id + 2].map(id => say(`select?id=${id}`))),
      ['hello', 'second', 'undefined'],
      `${orm}: ${app.said()}`,
    )
  }
}
