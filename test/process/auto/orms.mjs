// An app that has never heard of us and asks its database by ORMs, all of them at once: each has a table of its own.
import http from 'node:http'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import knexOf from 'knex'
import pg from 'pg'
import { DataTypes, QueryTypes, Sequelize } from 'sequelize'
import { DataSource, EntitySchema } from 'typeorm'

const url = process.env.DATABASE_URL
const CREATE = name => `create table if not exists ${name} (id int primary key, says text not null)`
const collect = async stream => {
  let count = 0
  for await (const _ of stream) count++
  return count
}

const drizzled = () => {
  const db = drizzle({ connection: { connectionString: url, max: 4, application_name: 'drizzle' } })
  const t = pgTable('drizzle', { id: integer('id').primaryKey(), says: text('says').notNull() })
  return {
    setup: () => db.execute(sql.raw(CREATE('drizzle'))),
    insert: id => db.insert(t).values({ id, says: 'hello' }),
    select: async id => (await db.select().from(t).where(eq(t.id, id)))[0]?.says,
    transaction: (id, fails) =>
      db.transaction(async tx => {
        await tx.insert(t).values({ id, says: 'first' })
        await tx.update(t).set({ says: 'second' }).where(eq(t.id, id))
        if (fails) tx.rollback()
      }),
    sleep: s => db.execute(sql`select pg_sleep(${s})`),
  }
}

const knexed = () => {
  const db = knexOf({ client: 'pg', connection: { connectionString: url, application_name: 'knex' }, pool: { min: 0, max: 4 } })
  return {
    migrate: () =>
      db.migrate.latest({
        migrationSource: {
          getMigrations: async () => ['one'],
          getMigrationName: name => name,
          getMigration: async () => ({ up: k => k.schema.raw(CREATE('knex')), down: async () => {} }),
        },
      }),
    setup() {
      return this.migrate()
    },
    insert: id => db('knex').insert({ id, says: 'hello' }),
    select: async id => (await db('knex').where({ id }).first())?.says,
    transaction: (id, fails) =>
      db.transaction(async tx => {
        await tx('knex').insert({ id, says: 'first' })
        await tx('knex').where({ id }).update({ says: 'second' })
        if (fails) throw new Error('rolled back')
      }),
    stream: () => collect(db.raw('select generate_series(1, 1000)').stream()),
    sleep: s => db.raw('select pg_sleep(?)', [s]),
    timedOut: () => db.raw('select pg_sleep(60)').timeout(200, { cancel: true }),
  }
}

const sequelized = () => {
  const db = new Sequelize(url, { logging: false, dialectOptions: { application_name: 'sequelize' }, pool: { max: 4 } })
  const t = db.define(
    'sequelize',
    { id: { type: DataTypes.INTEGER, primaryKey: true }, says: { type: DataTypes.STRING, allowNull: false } },
    { freezeTableName: true, timestamps: false },
  )
  return {
    setup: () => db.sync(),
    insert: id => t.create({ id, says: 'hello' }),
    select: async id => (await t.findByPk(id))?.says,
    transaction: (id, fails) =>
      db.transaction(async transaction => {
        await t.create({ id, says: 'first' }, { transaction })
        await t.update({ says: 'second' }, { where: { id }, transaction })
        if (fails) throw new Error('rolled back')
      }),
    sleep: s => db.query('select pg_sleep(:s)', { replacements: { s }, type: QueryTypes.SELECT }),
  }
}

const typeormed = () => {
  const t = new EntitySchema({
    name: 'typeorm',
    columns: { id: { type: Number, primary: true }, says: { type: String } },
  })
  const db = new DataSource({ type: 'postgres', url, entities: [t], synchronize: true, applicationName: 'typeorm', poolSize: 4 })
  return {
    setup: () => db.initialize(),
    insert: id => db.getRepository('typeorm').insert({ id, says: 'hello' }),
    select: async id => (await db.getRepository('typeorm').findOneBy({ id }))?.says,
    transaction: (id, fails) =>
      db.transaction(async tx => {
        await tx.getRepository('typeorm').insert({ id, says: 'first' })
        await tx.getRepository('typeorm').update({ id }, { says: 'second' })
        if (fails) throw new Error('rolled back')
      }),
    stream: async () =>
      collect(await db.createQueryBuilder().select('generate_series(1, 1000)').from('(select 1)', 'x').stream()),
    sleep: s => db.query('select pg_sleep($1)', [s]),
  }
}

const orms = { drizzle: drizzled(), knex: knexed(), sequelize: sequelized(), typeorm: typeormed() }
const heard = []
const listens = new pg.Client({ connectionString: url, application_name: 'listens' })
listens.on('notification', ({ payload }) => heard.push(payload))
listens.on('error', error => heard.push(`error: ${error.message}`))
listens.on('end', () => heard.push('end'))

const server = http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app')
  const [, name, does] = pathname.split('/')
  try {
    if (name === 'heard') response.end(heard.join(' '))
    else {
      const args = [...searchParams.keys()].map(key => Number(searchParams.get(key)))
      response.end(String(await orms[name][does](...args)))
    }
  } catch (error) {
    const code = error.code ?? error.parent?.code ?? error.cause?.code
    response.writeHead(500).end(`${error.constructor.name} ${code ?? error.message}`)
  }
})
process.on('unhandledRejection', error => console.log('UNHANDLED', error))
process.on('SIGTERM', () => process.exit(0))
await listens.connect()
await listens.query('listen news')
for (const orm of Object.values(orms)) await orm.setup()
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
